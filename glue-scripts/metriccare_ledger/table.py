"""Calls to the ledger's table with the expressions of the schema. Knows no attribute."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from metriccare_ledger import schema

Item = dict[str, Any]


class Table:
    """`client` is a boto3 client of DynamoDB; `plain`: one that takes Python values (a resource's own).

    `ttl` is (attribute, days) where items expire.
    """

    def __init__(
        self,
        client: Any,
        name: str,
        hash_key: str = schema.HASH_KEY,
        ttl: tuple[str, int] | None = None,
        plain: bool = False,
    ) -> None:
        self._client = client
        self._name = name
        self.hash_key = hash_key
        self._ttl = ttl
        self._plain = plain

    def get(self, item_id: str) -> Item | None:
        """The item, or None. Consistent."""
        reply = self._client.get_item(TableName=self._name, Key=self._key(item_id), ConsistentRead=True)
        return self._read(reply["Item"]) if "Item" in reply else None

    def update(
        self,
        name: str,
        item_id: str,
        parameters: Mapping[str, Any],
        now: float = 0,
        parts: Mapping[str, Any] | None = None,
    ) -> bool:
        """A write of the schema. False when its condition did not hold."""
        return self._update(name, item_id, parameters, now, parts) is not None

    def changed(
        self,
        name: str,
        item_id: str,
        parameters: Mapping[str, Any],
        now: float = 0,
        parts: Mapping[str, Any] | None = None,
    ) -> Item | None:
        """The same; the item after it, or None."""
        return self._update(name, item_id, parameters, now, parts, {"ReturnValues": "ALL_NEW"})

    def _update(
        self,
        name: str,
        item_id: str,
        parameters: Mapping[str, Any],
        now: float,
        parts: Mapping[str, Any] | None,
        more: Mapping[str, str] | None = None,
    ) -> Item | None:
        until = (self._ttl[0], int(now) + self._ttl[1] * 86400) if self._ttl else None
        text, condition, made = schema.update(name, parameters, self.hash_key, until, parts)
        request: dict[str, Any] = {"TableName": self._name, "Key": self._key(item_id), "UpdateExpression": text}
        request.update(self._spoken(condition, made))
        request.update(more or {})
        try:
            reply = self._client.update_item(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return None
            raise
        return self._read(reply["Attributes"]) if more else {}

    def put_request(self, name: str, item_id: str, values: Mapping[str, Any], **parameters: Any) -> dict[str, Any]:
        """A whole item, as `put_item` and a transaction take it."""
        item, condition, made = schema.put(name, values, self.hash_key, **parameters)
        whole = {self.hash_key: item_id, **item}
        written = whole if self._plain else {key: encoded(value) for key, value in whole.items()}
        return {"TableName": self._name, "Item": written, **self._spoken(condition, made)}

    def put(self, requests: list[dict[str, Any]]) -> None:
        """One item, or several at once: all or none."""
        if len(requests) == 1:
            self._client.put_item(**requests[0])
        else:
            self._client.transact_write_items(TransactItems=[{"Put": request} for request in requests])

    def pages(self, index: str, value: str, limit: int | None = None) -> Iterator[list[Item]]:
        """Pages of items of an index."""
        made = schema.Expression(self.hash_key, {"value": value})
        query = {
            "TableName": self._name,
            "IndexName": index,
            "KeyConditionExpression": made.text(f"{schema.SCHEMA['indexes'][index]['hash']} = :value"),
            **self._spoken(None, made),
            **({"Limit": limit} if limit else {}),
        }
        while True:
            page = self._client.query(**query)
            yield [self._read(item) for item in page.get("Items", [])]
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _key(self, item_id: str) -> Item:
        return {self.hash_key: item_id if self._plain else encoded(item_id)}

    def _spoken(self, condition: str | None, made: schema.Expression) -> dict[str, Any]:
        values = made.values if self._plain else {name: encoded(value) for name, value in made.values.items()}
        return {
            **({"ConditionExpression": condition} if condition else {}),
            **({"ExpressionAttributeNames": made.names} if made.names else {}),
            **({"ExpressionAttributeValues": values} if values else {}),
        }

    def _read(self, item: Item) -> Item:
        return item if self._plain else {name: decoded(value) for name, value in item.items()}


def encoded(value: Any) -> Item:
    """A Python value as DynamoDB's own: text, numbers, lists and maps are all that the ledger has."""
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, dict):
        return {"M": {name: encoded(one) for name, one in value.items()}}
    if isinstance(value, (list, tuple)):
        return {"L": [encoded(one) for one in value]}
    return {"N": str(value)}


def decoded(value: Item) -> Any:
    """The other way round. What somebody else has put into an item stays as it is."""
    ((kind, held),) = value.items()
    if kind == "N":
        return int(held) if held.lstrip("-").isdigit() else float(held)
    if kind == "M":
        return {name: decoded(one) for name, one in held.items()}
    if kind == "L":
        return [decoded(one) for one in held]
    return held
