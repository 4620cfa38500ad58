"""Whose turn it is, as items of the ledger: one at a time empties the queue, one at a time waits for a burst to end."""

from botocore.exceptions import ClientError

DRAIN_ID = "DRAIN#"
WINDOW_ID = "WINDOW#"


def _lost(error):
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


class Turns:
    """`dynamodb` is a client; `settings` names the table and its key."""

    def __init__(self, settings, dynamodb, clock):
        self._table = settings.table
        self._hash_key = settings.hash_key
        self._dynamodb = dynamodb
        self._clock = clock

    def _update(self, item_id, update, condition, values):
        names = {"#until": "lease_until", "#owner": "lease_owner", "#link": "link", "#last": "last_ms"}
        used = {name: word for name, word in names.items() if name in update + (condition or "")}
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={self._hash_key: {"S": item_id}},
                UpdateExpression=update,
                **({"ConditionExpression": condition} if condition else {}),
                ExpressionAttributeNames=used,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if _lost(error):
                return False
            raise
        return True

    def take(self, chain, link, seconds):
        """True when this link of this chain may empty the queue: nobody else does, and nobody is this link already.

        Lambda delivers asynchronous calls at least once: of two that are the same link only one goes on.
        """
        now = self._clock()
        return self._update(
            DRAIN_ID,
            "SET #owner = :chain, #link = :link, #until = :until",
            "attribute_not_exists(#until) OR #until < :now OR (#owner = :chain AND #link < :link)",
            {
                ":chain": {"S": chain},
                ":link": {"N": str(link)},
                ":until": {"N": str(int(now + seconds))},
                ":now": {"N": str(int(now))},
            },
        )

    def give(self, chain):
        """The chain is at its end."""
        self._update(DRAIN_ID, "SET #until = :zero", "#owner = :chain", {":zero": {"N": "0"}, ":chain": {"S": chain}})

    def join(self, window, seconds):
        """True when this caller is the one who waits: no window is open. Else it is noted for the one who does."""
        now_ms = int(self._clock() * 1000)
        reply = self._dynamodb.get_item(
            TableName=self._table, Key={self._hash_key: {"S": WINDOW_ID}}, ConsistentRead=True
        )
        item = reply.get("Item") or {}
        if int(item.get("lease_until", {}).get("N", "0")) <= now_ms / 1000:
            return self._open(item, now_ms, seconds)
        # A burst of thousands must not write thousands of times what four times a window say.
        if now_ms - int(item["last_ms"]["N"]) >= window * 250:
            self._update(WINDOW_ID, "SET #last = :now", "#until > :zero", _numbers(now=now_ms, zero=0))
        return False

    def _open(self, item, now_ms, seconds):
        until = item.get("lease_until", {}).get("N")
        return self._update(
            WINDOW_ID,
            "SET #until = :until, #last = :now",
            "#until = :seen" if until else "attribute_not_exists(#until)",
            {
                **_numbers(until=int(now_ms / 1000 + seconds), now=now_ms),
                **({":seen": {"N": until}} if until else {}),
            },
        )

    def last_arrival(self):
        """When the last arrival of the open window was noted, seconds since 1970."""
        reply = self._dynamodb.get_item(
            TableName=self._table, Key={self._hash_key: {"S": WINDOW_ID}}, ConsistentRead=True
        )
        return int((reply.get("Item") or {}).get("last_ms", {}).get("N", "0")) / 1000

    def close(self):
        """The window is over: who comes from now on opens the next."""
        self._update(WINDOW_ID, "SET #until = :zero", None, _numbers(zero=0))


def _numbers(**values):
    return {f":{name}": {"N": str(value)} for name, value in values.items()}
