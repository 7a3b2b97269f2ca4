"""MiniStack, told what it takes for something else than AWS does, and made to say whom it refuses what."""

import json

from ministack import app
from ministack.core import iam_actions, iam_evaluator

# A batch is no right of its own: sending ten messages asks for what sending one does.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api.html
ONE_OF_A_BATCH = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
action_of = iam_actions.extract_iam_action
resource_of = iam_actions.extract_resource_arn
enforce_rights = iam_evaluator.enforce


def extract_iam_action(*request):
    action = action_of(*request)
    return ONE_OF_A_BATCH.get(action, action)


def extract_resource_arn(service, method, path, headers, body, query, region, account):
    arn = resource_of(service, method, path, headers, body, query, region, account)
    # A schedule is named with its group, which MiniStack takes to be the default one.
    if service == "scheduler" and ":schedule/default/" in arn:
        group = json.loads(body).get("GroupName") if body else query.get("groupName", [None])[0]
        return arn.replace(":schedule/default/", f":schedule/{group or 'default'}/")
    # In policies a log group ends with `:*`, whatever is done with it but for its tags.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    if service == "logs" and ":log-group:" in arn and "Tag" not in headers.get("x-amz-target", ""):
        return f"{arn.removesuffix(':*')}:*"
    return arn


def enforce(access_key, action, service, region, resource_arn="*", **more):
    denied = enforce_rights(access_key, action, service, region, resource_arn=resource_arn, **more)
    if denied:
        print(f"REFUSED {getattr(denied, 'principal_arn', access_key)} {action} {resource_arn}", flush=True)
    return denied


iam_actions.extract_iam_action = extract_iam_action
iam_actions.extract_resource_arn = extract_resource_arn
iam_evaluator.enforce = enforce
# Where it may, it takes port 443 as well: not on somebody's machine.
app._port_is_bindable = lambda host, port: False
app.main()
