"""`python -m iam_guardrails` is `guardrails`."""

import sys

from iam_guardrails.cli import main

sys.exit(main())
