"""The ledger's files that wait or are claimed, read through the sparse index."""

from botocore.exceptions import ClientError


class PendingFiles:
    """Reads them and gives them back. `clients` has `dynamodb`; `settings` names the table and its key."""

    def __init__(self, settings, clients, clock):
        self._settings = settings
        self._clients = clients
        self._clock = clock

    def all(self):
        """Items that wait or are claimed, oldest generation first."""
        query = {
            "TableName": self._settings.table,
            "IndexName": "pending",
            "KeyConditionExpression": "#pending = :one",
            "ExpressionAttributeNames": {"#pending": "pending"},
            "ExpressionAttributeValues": {":one": {"S": "1"}},
        }
        while True:
            page = self._clients.dynamodb.query(**query)
            yield from page.get("Items", [])
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def waiting(self, max_attempt, since=""):
        """True when a run would find a file that was claimed at most `max_attempt` times and received after `since`."""
        return any(
            int(item["attempt"]["N"]) <= max_attempt and item["received_at"]["S"] > since and self._claimable(item)
            for item in self.all()
        )

    def _claimable(self, item):
        if item["status"]["S"] == "received":
            return True
        return int(item.get("lease_until", {}).get("N", "0")) < self._clock()

    def release(self, item, run_id):
        """Back to `received`, if this run still holds it."""
        if item["status"]["S"] != "claimed" or item.get("run_id", {}).get("S") != run_id:
            return False
        try:
            self._clients.dynamodb.update_item(
                TableName=self._settings.table,
                Key={self._settings.hash_key: item[self._settings.hash_key]},
                UpdateExpression="SET #status = :received REMOVE #owner, #until",
                ConditionExpression="#status = :claimed AND #run = :run",
                ExpressionAttributeNames={
                    "#status": "status",
                    "#run": "run_id",
                    "#owner": "lease_owner",
                    "#until": "lease_until",
                },
                ExpressionAttributeValues={
                    ":received": {"S": "received"},
                    ":claimed": {"S": "claimed"},
                    ":run": {"S": run_id},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True
