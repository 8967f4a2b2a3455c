"""``assises moderate`` with all that it can do."""

from __future__ import annotations

from assises.cli.enter import answer, type_in
from assises.cli.many import many
from assises.cli.moderate import moderate
from assises.cli.reported import deal_with, reports
from assises.cli.sheets import paper_form_, slips

for each in (many, answer, type_in, reports, deal_with, slips, paper_form_):
    moderate.add_command(each)
