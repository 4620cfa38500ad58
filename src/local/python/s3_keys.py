"""Makes the emulator's IAM check S3's keys as they are: it drops empty parts of a path and takes the last of two.

MiniStack 1.5.33 authorizes `secret/` and `//x` as `secret` and `x`, and a request on the key `/` as one on the bucket.
"""


def install() -> None:
    from ministack.core import iam_actions

    resource_of, action_of = iam_actions.extract_resource_arn, iam_actions._s3_action
    more_of, copied_of = iam_actions.s3_additional_checks, iam_actions._s3_source_object

    def extract_resource_arn(service, method, path, *more):
        bucket, key = parts(path)
        if service == "s3" and key:
            return f"arn:aws:s3:::{bucket}/{key}"
        return resource_of(service, method, path, *more)

    def _s3_action(method, path, params):
        bucket, key = parts(path)
        return action_of(method, f"/{bucket}/key" if key else path, params)

    def s3_additional_checks(method, path, headers, body, params):
        bucket, key = parts(path)
        if not key:
            return more_of(method, path, headers, body, params)
        own, real = f"arn:aws:s3:::{bucket}/key", f"arn:aws:s3:::{bucket}/{key}"
        source = copied_of(headers)
        # A copy is asked for its source alone, which may be a key of this very name.
        copied = source is not None and action_of(method, f"/{bucket}/key", params) == "PutObject"
        found = more_of(method, f"/{bucket}/key", headers, body, params)
        return [(action, real if arn == own and not copied else arn) for action, arn in found]

    def _s3_batch_delete_targets(bucket, body):
        """Every key with every version that an object of the body names: more than one is nobody's honest request."""
        try:
            root = iam_actions.fromstring(body) if body else ()
        except (iam_actions.ParseError, ValueError):
            return []
        objects = [one for part in root for one in part.iter() if one.tag.rpartition("}")[2] == "Object"]
        return [
            (f"arn:aws:s3:::{bucket}/{key}", version)
            for one in objects
            for key in texts(one, "Key")
            for version in texts(one, "VersionId") or [""]
            if key
        ]

    iam_actions.extract_resource_arn = extract_resource_arn
    iam_actions._s3_action = _s3_action
    iam_actions.s3_additional_checks = s3_additional_checks
    iam_actions._s3_batch_delete_targets = _s3_batch_delete_targets


def parts(path: str) -> tuple[str, str]:
    """Bucket and key as S3's own code reads them."""
    bucket, _, key = path.lstrip("/").partition("/")
    return bucket, key


def texts(parent, name: str) -> list[str]:
    return [one.text or "" for one in parent if one.tag.rpartition("}")[2] == name]
