"""
MiniStack, told what it takes for something else than AWS does.

It checks the rights of every call; here it also checks those to send mail and to pass a role, says whom it refused what,
and hands mail on to MAIL_SERVICE_URL.
"""

import asyncio
import json
import os
import urllib.error
import urllib.request
from contextvars import ContextVar
from email.utils import parseaddr

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region

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
# The role that the request at hand passes to Scheduler.
passed_role = ContextVar("passed_role", default=None)


def extract_iam_action(*request):
    action = action_of(*request)
    return ONE_OF_A_BATCH.get(action, action)


def extract_resource_arn(service, method, path, headers, body, query, region, account):
    arn = resource_of(service, method, path, headers, body, query, region, account)
    # A schedule is named with its group, which MiniStack takes to be the default one.
    if service == "scheduler" and ":schedule/default/" in arn:
        asked = json.loads(body or b"{}")
        passed_role.set(asked.get("Target", {}).get("RoleArn"))
        group = asked.get("GroupName") or query.get("groupName", ["default"])[0]
        return arn.replace(":schedule/default/", f":schedule/{group}/")
    # In policies a log group ends with `:*`, whatever is done with it but for its tags.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    if service == "logs" and ":log-group:" in arn and "Tag" not in headers.get("x-amz-target", ""):
        return f"{arn.removesuffix(':*')}:*"
    return arn


def enforce(access_key, action, service, region, resource_arn="*", service_context=None):
    denied = enforce_rights(access_key, action, service, region, resource_arn, service_context)
    if denied:
        print(f"REFUSED {getattr(denied, 'principal_arn', access_key)} {action} {resource_arn}", flush=True)
    role = passed_role.get()
    if not denied and role and action in ("scheduler:CreateSchedule", "scheduler:UpdateSchedule"):
        passed_role.set(None)
        to_scheduler = {"iam:PassedToService": "scheduler.amazonaws.com"}
        return enforce(access_key, "iam:PassRole", "iam", region, role, to_scheduler)
    return denied


SENDING = {"/outbound-emails": "ses:SendEmail", "/outbound-bulk-emails": "ses:SendBulkEmail"}


def rights_to_send(asked):
    """What AWS asks for: the sender's identity, the configuration set, and in the sandbox the recipients' identities.

    https://github.com/medplum/medplum/pull/10102, https://github.com/aws/aws-sdk-js-v3/issues/2061
    """
    sender = parseaddr(asked.get("FromEmailAddress", ""))[1]
    mails = asked.get("BulkEmailEntries", [asked])
    recipients = [address for mail in mails for address in mail["Destination"]["ToAddresses"]]
    names = [f"identity/{address}" for address in [sender, *recipients]]
    for name in [*names, f"configuration-set/{asked.get('ConfigurationSetName')}"]:
        arn = f"arn:aws:ses:{get_region()}:{get_account_id()}:{name}"
        yield {"resource_arn": arn, "service_context": {"ses:FromAddress": sender}}


def hand_on(method, path, body):
    request = urllib.request.Request(os.environ["MAIL_SERVICE_URL"] + path, body or None, method=method)
    try:
        response = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        kept = {name: value for name, value in response.headers.items() if name.startswith(("x-amzn", "content-type"))}
        return response.status, kept, response.read()


async def handle_ses_v2_request(method, path, headers, body, query, request_id):
    """Mail is not MiniStack's own: its SES drops the headers and the tags."""
    if not path.startswith(app._SES_V2_PREFIX):
        return None
    action = SENDING.get(path.removeprefix(app._SES_V2_PREFIX))
    checks = rights_to_send(json.loads(body)) if action else [{}]
    action = action or iam_actions.extract_iam_action("ses", method, path, headers, body, query)
    for check in checks:
        denied = app._enforce_data_plane("sesv2", action, headers, query, request_id, **check)
        if denied:
            return denied
    return await asyncio.to_thread(hand_on, method, path, body)


iam_actions.extract_iam_action = extract_iam_action
iam_actions.extract_resource_arn = extract_resource_arn
iam_evaluator.enforce = enforce
app._handle_ses_v2_request = handle_ses_v2_request
# Where it may, it takes port 443 as well: not on somebody's machine.
app._port_is_bindable = lambda host, port: False
app.main()
