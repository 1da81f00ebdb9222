"""What starting and stopping is like on a real AWS: it takes time, and at times it does not come to be."""
