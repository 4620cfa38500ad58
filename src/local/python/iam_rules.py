"""Puts all that makes the emulator's IAM read like AWS's in its place. The order counts: later parts wrap earlier ones."""


def install() -> None:
    import iam_context
    import iam_evaluation
    import iam_managed
    import iam_passing
    import iam_resources
    import iam_simulation
    import iam_trust
    import one_meaning
    import s3_keys

    for part in (
        one_meaning,
        iam_evaluation,
        iam_managed,
        iam_resources,
        s3_keys,
        iam_context,
        iam_passing,
        iam_simulation,
        iam_trust,
    ):
        part.install()
