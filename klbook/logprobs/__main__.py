"""``python -m klbook.logprobs``"""

import sys

from klbook.logprobs.command import main

if __name__ == "__main__":
    sys.exit(main())
