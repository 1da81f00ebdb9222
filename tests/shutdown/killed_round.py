"""One round in a process of its own that kills itself at a call: `killed_round.py STORE REGION NOW AT`."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime

from collectors.aws import Aws
from collectors.config import Account
from service.shutdown.reconcile.round import Turn, run
from store import open_store
from tests.shutdown.crashing import crashing, kill
from tests.shutdown.nights import Recorder, around_of

if __name__ == "__main__":
    url, region, now, at = sys.argv[1:]
    moment = datetime.fromisoformat(now)
    with open_store(url) as store:
        aws = Aws([Account(name="main", regions=[region])], Recorder())
        around = around_of(aws, store, lambda: moment)
        run(replace(around, kinds=crashing(around.kinds, int(at), kill)), Turn(None, moment))
