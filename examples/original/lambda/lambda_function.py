"""Starts the workflow when files arrive, unless a run of it is on."""

import os

import boto3

glue = boto3.client("glue")


def lambda_handler(event, context):
    name = os.environ["GLUE_WORKFLOW_NAME"]
    runs = glue.get_workflow_runs(Name=name, MaxResults=5)["Runs"]
    if any(run["Status"] in ("RUNNING", "STOPPING") for run in runs):
        return {"started": False, "because": "a run is on"}
    return {"started": True, "run": glue.start_workflow_run(Name=name)["RunId"]}
