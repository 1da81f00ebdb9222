"""Each type of resource that can sleep, in a file of its own: how it is seen, and how it is put to sleep and woken."""
