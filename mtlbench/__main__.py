"""``python -m mtlbench COMMAND ...``."""

from mtlbench.cli.main import main

if __name__ == '__main__':
    main()
