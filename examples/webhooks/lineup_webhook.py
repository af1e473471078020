"""Tells a job of Lineup that its data is ready, with a signed webhook (docs/webhook-triggers.md).

It needs nothing but Python 3.9. As a command: lineup_webhook.py <occasion>, with LINEUP_WEBHOOK_URL and
LINEUP_WEBHOOK_SECRET in the environment.
"""

import base64
import hashlib
import hmac
import os
import sys
import time
import urllib.error
import urllib.request


def tell(url: str, secret: str, occasion: str) -> str:
    """Sends one webhook. The same occasion makes one run, however often it is told."""
    webhook_id = hashlib.sha256(occasion.encode()).hexdigest()
    now = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = hmac.new(key, f"{webhook_id}.{now}.".encode(), hashlib.sha256).digest()
    request = urllib.request.Request(
        url,
        data=b"",
        method="POST",
        headers={
            "webhook-id": webhook_id,
            "webhook-timestamp": now,
            "webhook-signature": "v1," + base64.b64encode(signature).decode(),
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def main() -> None:
    url, secret = os.environ["LINEUP_WEBHOOK_URL"], os.environ["LINEUP_WEBHOOK_SECRET"]
    pause = float(os.environ.get("SECONDS_BETWEEN_ATTEMPTS", "60"))
    for left in (4, 3, 2, 1, 0):
        try:
            print(tell(url, secret, sys.argv[1]))
            return
        except urllib.error.HTTPError as refusal:
            # A wrong secret or a terminated job does not become better.
            if left == 0 or (refusal.code < 500 and refusal.code != 429):
                sys.exit(f"Lineup has refused the webhook ({refusal.code}): {refusal.read().decode()}")
        except OSError as failure:
            if left == 0:
                sys.exit(f"Lineup cannot be reached: {failure}")
        time.sleep(pause)


if __name__ == "__main__":
    main()
