"""The topic in memory: the twin of `tidegate.aws.notifications`."""

from tidegate.alert.notification import Notification


class MemoryNotifications:
    """`Notifications` that keeps what is published, in order."""

    def __init__(self) -> None:
        self.published: list[Notification] = []

    def publish(self, notification: Notification) -> None:
        self.published.append(notification)
