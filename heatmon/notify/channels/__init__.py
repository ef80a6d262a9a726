"""The ways there are. Each module is imported only where its kind is configured."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from heatmon.notify.channel import Channel

# kind -> module and class; nothing of it is imported before a channel of the kind is opened
_KINDS: Final = {
    "dingtalk": ("robots", "DingTalkRobot"),
    "wecom": ("robots", "WeComRobot"),
    "feishu": ("robots", "FeishuRobot"),
    "mail": ("mail", "MailChannel"),
    "webhook": ("webhook", "WebhookChannel"),
    "sms_gateway": ("webhook", "SmsGatewayChannel"),
    "sms_modem": ("modem", "ModemChannel"),
    "sounder": ("sounder", "SounderChannel"),
    "apprise": ("apprise", "AppriseChannel"),
}


def open_channel(settings: Any) -> Channel:
    """The channel of its settings. Opens nothing yet; connections are made when a message goes out."""
    module, name = _KINDS[settings.kind]
    made: Channel = getattr(import_module(f"{__name__}.{module}"), name)(settings)
    return made
