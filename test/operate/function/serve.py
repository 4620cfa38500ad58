"""The function of the project as a child process: one event a line in, its outcome a line out. Glue is not there."""

import json
import sys
from pathlib import Path

# the function's folder, and where the packages beside it are found that its zip takes along
sys.path[:0] = [sys.argv[1], str(Path(sys.argv[1]).parent)]

import boto3  # noqa: E402
import myglueworkflow  # noqa: E402


class Glue:
    """Starts nothing, and says so as Glue does."""

    def start_workflow_run(self, **_):
        """A run that nobody follows."""
        return {"RunId": "wr_0"}


class Clients:
    """What the handler calls."""

    def __init__(self):
        self.dynamodb = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=sys.argv[2])
        self.glue = Glue()
        self.sns = None


clients = Clients()
for line in sys.stdin:
    request = json.loads(line)
    handler = myglueworkflow.Handler(myglueworkflow.Settings(request["environment"]), clients)
    print(json.dumps(handler.handle(request["event"], None)), flush=True)
