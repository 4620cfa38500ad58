"""Keeps what a bucket is told and the emulator does not know: inventory, metrics, analytics, archive tiers.

MiniStack 1.5.33 takes such a request for one on the bucket itself: to tell it makes a bucket, to ask lists it, and to take
back **deletes** it. It asks for requestPayment under a word that AWS has not. Nothing comes of what is kept: no list is
written and no metric counted.
"""

import re

LISTS = {
    "analytics": "ListBucketAnalyticsConfigurationResult",
    "intelligent-tiering": "ListBucketIntelligentTieringConfigurationsOutput",
    "inventory": "ListInventoryConfigurationsResult",
    "metrics": "ListMetricsConfigurationsResult",
}
PROLOG = re.compile(r"<\?xml[^>]*\?>")


def install() -> None:
    from ministack.core.responses import AccountScopedDict
    from ministack.services import s3

    kept = AccountScopedDict()
    s3._PERSISTED_BUCKET_DICTS["bucket_kept"] = kept
    dispatch = s3._dispatch

    def told(method, bucket, name, query, body):
        if bucket not in s3._buckets:
            return s3._no_such_bucket(bucket)
        key = query.get("id", [""])[0]
        # Values are replaced, never changed in place: what is being written to disk stays as it is.
        every = kept.get(bucket, {})
        entries = every.get(name, {})
        if method == "GET":
            inner = "".join(entries.values())
            text = f"<{LISTS[name]}><IsTruncated>false</IsTruncated>{inner}</{LISTS[name]}>"
            # A new one each time: the server writes into it.
            return 200, {"Content-Type": "application/xml"}, text.encode()
        others = {one: text for one, text in entries.items() if one != key}
        if method == "PUT":
            kept[bucket] = {**every, name: {**others, key: PROLOG.sub("", body.decode())}}
            return 200, {}, b""
        kept[bucket] = {**every, name: others}
        return 204, {}, b""

    def _dispatch(method, bucket, key, headers, body, query_params):
        name = None if key or not bucket else next((one for one in LISTS if one in query_params), None)
        if name:
            return told(method, bucket, name, query_params, body)
        if method == "GET" and not key and "requestPayment" in query_params:
            query_params = {**query_params, "request-payment": [""]}
        answer = dispatch(method, bucket, key, headers, body, query_params)
        if method == "DELETE" and not key and bucket not in s3._buckets:
            kept.pop(bucket, None)
        return answer

    s3._dispatch = _dispatch
