"""AWS's managed policies that roles of a lakehouse have and the emulator lacks.

MiniStack 1.5.33 attaches any policy of AWS's, and one whose document it does not know grants nothing: a job whose role
has AWSGlueServiceRole, as most have, would be refused here and run on AWS. The documents are AWS's own
(https://docs.aws.amazon.com/aws-managed-policy/latest/reference/) as far as the services that are here.
"""

import json

GLUE_BUCKETS = ["arn:aws:s3:::aws-glue-*/*", "arn:aws:s3:::*/*aws-glue-*/*"]
GLUE_LOGS = "arn:aws:logs:*:*:*:/aws-glue/*"
BUCKET_READS = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListAllMyBuckets", "s3:GetBucketAcl"]


def allow(actions: list, *resources: str) -> dict:
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources) or ["*"]}


POLICIES = {
    "service-role/AWSGlueServiceRole": [
        allow(
            [
                "glue:*",
                *BUCKET_READS,
                "iam:ListRolePolicies",
                "iam:GetRole",
                "iam:GetRolePolicy",
                "cloudwatch:PutMetricData",
            ]
        ),
        allow(["s3:CreateBucket"], "arn:aws:s3:::aws-glue-*"),
        allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], *GLUE_BUCKETS),
        allow(["s3:GetObject"], "arn:aws:s3:::crawler-public*", "arn:aws:s3:::aws-glue-*"),
        allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], GLUE_LOGS),
    ],
    "AWSGlueConsoleFullAccess": [
        allow(
            [
                "glue:*",
                *BUCKET_READS,
                "iam:ListRoles",
                "iam:ListUsers",
                "iam:ListGroups",
                "iam:ListRolePolicies",
                "iam:GetRole",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "dynamodb:ListTables",
                "cloudwatch:GetMetricData",
                "cloudwatch:ListDashboards",
            ]
        ),
        allow(["s3:GetObject", "s3:PutObject"], *GLUE_BUCKETS),
        allow(["tag:GetResources"]),
        allow(["s3:CreateBucket", "s3:PutBucketPublicAccessBlock"], "arn:aws:s3:::aws-glue-*"),
        allow(["logs:GetLogEvents"], GLUE_LOGS),
    ],
    "CloudWatchFullAccess": [
        allow(["cloudwatch:*", "logs:*", "sns:*", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole"])
    ],
}


def install() -> None:
    from ministack.services import iam

    refuse_unknown(iam)
    iam._IAM_HANDLERS["SetDefaultPolicyVersion"] = lambda params: set_default_version(iam, params)
    seed = iam._seed_aws_managed_policies

    def seed_all() -> None:
        seed()
        for name, statements in POLICIES.items():
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            record = iam._make_aws_managed_record(name, document, "As AWS has it.")
            iam._aws_managed_policies.setdefault(record["Arn"], record)

    # A reset of the emulator seeds anew.
    iam._seed_aws_managed_policies = seed_all
    seed_all()


def refuse_unknown(iam) -> None:
    """AWS attaches no policy that it does not know; MiniStack does, and it grants nothing."""

    def knowing(attach):
        def attach_known(params):
            arn = iam._p(params, "PolicyArn")
            if iam._policy_exists(arn):
                return attach(params)
            return iam._error(404, "NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", ns="iam")

        return attach_known

    for action in ("AttachRolePolicy", "AttachUserPolicy", "AttachGroupPolicy"):
        iam._IAM_HANDLERS[action] = knowing(iam._IAM_HANDLERS[action])


def set_default_version(iam, params):
    """SetDefaultPolicyVersion, which MiniStack 1.5.33 does not have."""
    arn, version = iam._p(params, "PolicyArn"), iam._p(params, "VersionId")
    policy = iam._policies.get(arn)
    if policy is None:
        return iam._error(404, "NoSuchEntity", f"Policy {arn} does not exist.", ns="iam")
    if version not in policy["Versions"]:
        text = f"Policy {arn} version {version} does not exist or is not attachable."
        return iam._error(404, "NoSuchEntity", text, ns="iam")
    for name, one in policy["Versions"].items():
        one["IsDefaultVersion"] = name == version
    policy["DefaultVersionId"] = version
    return iam._xml(200, "SetDefaultPolicyVersionResponse", "", ns="iam")
