"""`python -m iam_guardrails` is `guardrails`."""

import sys

from iam_guardrails.entry import main

sys.exit(main())
