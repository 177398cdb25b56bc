"""The chat formats by their name in `alerts.chat[].kind`: a new one is a file beside this and a row here."""

from __future__ import annotations

from monitor.alerts.chat.dingtalk import DingTalk
from monitor.alerts.chat.feishu import Feishu
from monitor.alerts.chat.protocol import Format
from monitor.alerts.chat.slack import Slack
from monitor.alerts.chat.teams import Teams
from monitor.alerts.chat.wecom import WeCom

# lark is Feishu outside of China: the same bots at open.larksuite.com.
FORMATS: dict[str, Format] = {
    "slack": Slack(),
    "feishu": Feishu(),
    "lark": Feishu(),
    "dingtalk": DingTalk(),
    "wecom": WeCom(),
    "teams": Teams(),
}
