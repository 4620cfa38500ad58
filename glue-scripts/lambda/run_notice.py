"""Whether somebody was told how a run went: a mark on the run's item in the ledger, so that it is said once."""

from botocore.exceptions import ClientError

from ledger_receive import iso_utc


class RunNotices:
    """The marks. `clients` has `dynamodb`; `settings` names the table, its key and its TTL."""

    def __init__(self, settings, clients, clock):
        self._settings = settings
        self._clients = clients
        self._clock = clock

    def mark(self, run_id, verdict):
        """The RUN item as it was marked, or None when somebody has told already."""
        now = iso_utc(self._clock())
        names = {"#entity": "entity", "#run": "run_id", "#at": "received_at", "#told": "notified_at", "#v": "verdict"}
        values = {":entity": {"S": "RUN"}, ":run": {"S": run_id}, ":now": {"S": now}, ":v": {"S": verdict}}
        update = "SET #entity = :entity, #run = :run, #at = if_not_exists(#at, :now), #told = :now, #v = :v"
        if self._settings.ttl_attribute and self._settings.ttl_days:
            names["#ttl"] = self._settings.ttl_attribute
            values[":ttl"] = {"N": str(int(self._clock()) + self._settings.ttl_days * 86400)}
            update += ", #ttl = :ttl"
        try:
            reply = self._clients.dynamodb.update_item(
                TableName=self._settings.table,
                Key={self._settings.hash_key: {"S": f"RUN#{run_id}"}},
                UpdateExpression=update,
                ConditionExpression="attribute_not_exists(#told)",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return None
            raise
        return reply["Attributes"]

    def unmark(self, run_id):
        """Nobody was told after all."""
        self._clients.dynamodb.update_item(
            TableName=self._settings.table,
            Key={self._settings.hash_key: {"S": f"RUN#{run_id}"}},
            UpdateExpression="REMOVE #told",
            ExpressionAttributeNames={"#told": "notified_at"},
        )

    def marked(self, run_id):
        """Whether somebody was told."""
        reply = self._clients.dynamodb.get_item(
            TableName=self._settings.table,
            Key={self._settings.hash_key: {"S": f"RUN#{run_id}"}},
            ConsistentRead=True,
        )
        return "notified_at" in reply.get("Item", {})

    def failed_files(self, run_id):
        """How many files ended as `failed` in the run: counted by its Bronze jobs, one file a count."""
        reply = self._clients.dynamodb.get_item(
            TableName=self._settings.table,
            Key={self._settings.hash_key: {"S": f"READING#{run_id}"}},
            ConsistentRead=True,
        )
        return int(reply.get("Item", {}).get("failed_files", {}).get("N", "0"))
