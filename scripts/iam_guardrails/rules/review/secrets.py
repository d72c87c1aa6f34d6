"""Box: who can read the secrets, as a matrix with reasons; whoever guardrails.toml does not name is an item."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.capture.capture import KEY_GRANTS, SECRET_KEYS, SECRETS
from iam_guardrails.model.iam.reach.groups import notes
from iam_guardrails.model.iam.reach.ways import CONDITIONAL, NO, NOT_JUDGED, WRITTEN, YES
from iam_guardrails.model.review.basis import Basis, day, listed
from iam_guardrails.model.review.manifest import named_by
from iam_guardrails.model.review.review import Box, Item, Table, fingerprint, item_id
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review.power import power_of
from iam_guardrails.rules.review.reading import Reader, Reading, forget, reading_of, restorers
from iam_guardrails.rules.review.secret_gone import reads_of_gone, unnamed
from iam_guardrails.rules.review.secret_matrix import Counts, picture, readers_of_each
from iam_guardrails.rules.review.secret_outsiders import QUESTION, copies, let_in, reads, rows_from_outside, who_read
from iam_guardrails.rules.review.trail_gaps import gaps_of

ID, TITLE = "secrets", "Who can read the secrets"
ASKS = "Review Secrets Manager access policy (who can read the environment's secrets)"
MOST_COLUMNS = 24
"""Of secrets that a table has a column for each of."""
_BY_SECRET = ("secret", "can read", "under conditions", "not judged", "key", "last read", "last rotated")


def box(basis: Basis) -> Box:
    """An item for each user, role or outsider that can read, or did, what nobody declared."""
    missing = [f"{key}: {why}" for part in (SECRETS, SECRET_KEYS, KEY_GRANTS)
               for key, why in basis.capture.not_judged(part).items()]  # fmt: skip
    if isinstance(basis.estate, Unknown):
        missing.append(f"who reads them: {basis.estate.reason}")
    reading = reading_of(basis)
    if reading is None:
        none = [] if missing else ["the account has no secret in the Regions that were read"]
        read = () if basis.capture.secrets else tuple(reads_of_gone(basis, None, set(), missing))
        missing += [*gaps_of(basis.asked(QUESTION), "who read them"), *unnamed(basis, None)]
        return Box(ID, TITLE, ASKS, int(not missing), read, tuple(dict.fromkeys(missing)), tuple(none))
    items: list[Item] = []
    told: set[tuple[str, int]] = set()
    seen = who_read(basis)
    for reader in reading.readers:
        if found := _beyond(basis, reading, reader):
            items.append(_item(basis, reading, reader, found))
            told |= {(arn, number) for arn in {reader.principal.arn} & seen for number in found}
    items += [*reads(basis, reading, told), *reads_of_gone(basis, reading, told, missing), *let_in(reading, missing)]
    missing += [*gaps_of(basis.asked(QUESTION), "who read them"), *unnamed(basis, reading)]
    limits = _limits(reading)
    missing += [*_grants(basis, reading), *_open(reading), *limits]
    said = [*_waiting(basis, reading), *copies(basis, reading)]
    said += [note for note in notes(reading.ways, with_gone=False) if note not in limits]
    counts = readers_of_each(reading)
    made = Box(ID, TITLE, ASKS, len(reading.secrets), tuple(items), tuple(dict.fromkeys(missing)), tuple(said),
               (_matrix(reading), _by_secret(reading, counts)), pictures=(picture(reading, counts),))  # fmt: skip
    forget(basis)
    return made


def _waiting(basis: Basis, reading: Reading) -> Iterator[str]:
    """What to know of secrets that wait for their deletion: nobody reads them now, and restored they are as before."""
    for name, who in restorers(basis, reading).items():
        can = f"{listed(who)} can restore it" if who else "nobody of the account can restore it"
        yield f"{name} waits for its deletion, and is read once it is restored (secretsmanager:RestoreSecret): {can}"


def _patterns(basis: Basis, reader: Reader) -> tuple[str, ...]:
    """The names of the secrets that the manifest lets a role read."""
    if reader.principal.kind != "role":
        return ()
    lines = (item for item in basis.expected.middleware if named_by((item.name,), reader.principal.name))
    return tuple(name for item in lines for name in item.secrets)


def _beyond(basis: Basis, reading: Reading, reader: Reader) -> dict[int, tuple[str, str]]:
    """The numbers of the secrets that a principal reads beyond what is declared, with the answer and the way."""
    found: dict[int, tuple[str, str]] = {}
    patterns = _patterns(basis, reader)
    for each in reader.answers:
        if each.answer in (YES, CONDITIONAL):
            beyond = [number for number in each.secrets if not named_by(patterns, reading.secrets[number].name)
                      ] if patterns else each.secrets  # fmt: skip
            found |= dict.fromkeys(beyond, (each.answer, each.way))
    return found


def _item(basis: Basis, reading: Reading, reader: Reader, found: dict[int, tuple[str, str]]) -> Item:
    """One item for all that a principal reads beyond what is declared."""
    reasons = [why for each in reader.answers if each.answer in (YES, CONDITIONAL) and found.keys() & set(each.secrets)
               for why in reading.reasons(reader, each)]  # fmt: skip
    sure = [number for number, (answer, _) in found.items() if answer == YES]
    them = sorted((reading.secrets[number].arn, *said) for number, said in found.items())
    meaning = fingerprint([them, power_of(basis, reader.principal.arn)])
    names = [reading.name(number) for number in found]
    verb = "can read" if sure else "can under conditions read"
    title = f"{reader.who} {verb} {len(found)} of {len(reading.secrets)} secrets: {listed(names, 4)}"
    written = all(way == WRITTEN for _, way in found.values())
    severity = "low" if not sure else "high" if reader.principal.kind == "user" else "medium"
    evidence = (("secrets", listed(names, 40)), ("certain", str(len(sure))),
                ("way", "through a policy that it may write" if written else "by what is granted now"))  # fmt: skip
    arn, away = reader.principal.arn, " and ".join(_remedies(reader))
    remedy = f"take {away} away, or declare it: [[middleware]] secrets in guardrails.toml"
    return Item(item_id(ID, arn, "reads"), ID, arn, title, severity, meaning, tuple(dict.fromkeys(reasons)), evidence,
                remedy)  # fmt: skip


def _remedies(reader: Reader) -> list[str]:
    ways = {each.way for each in reader.answers}
    told = {"direct": "secretsmanager:GetSecretValue on them", "role": "the way into the role that reads them",
            WRITTEN: "the permission to write policies"}  # fmt: skip
    return [text for way, text in told.items() if way in ways]


def _open(reading: Reading) -> Iterator[str]:
    """The principals of whom it is not judged, in one sentence."""
    names = [reader.who for reader in reading.readers if any(each.answer == NOT_JUDGED for each in reader.answers)]
    if names:
        yield f"whether {len(names)} principals read secrets ({listed(names)}) hangs on policies that were not read"


def _limits(reading: Reading) -> list[str]:
    """What is not told of secrets, keys and policies; the rest of the notes only takes certainty from a no."""
    question, account = reading.ways.account.question, reading.ways.account
    found = [*question.not_told(), *account.estate.gaps]
    found += [text for caller in account.callers for text in account.unknown(caller)]
    return [note for note in notes(reading.ways, with_gone=False) if any(part in note for part in dict.fromkeys(found))]


def _grants(basis: Basis, reading: Reading) -> Iterator[str]:
    """Grants on keys of secrets, which let their grantee decrypt whatever the key's policy says."""
    keys = {secret.key_arn for secret in reading.secrets}
    for grant in basis.capture.key_grants:
        if "Decrypt" in grant.operations and grant.key_arn in keys and grant.grantee.startswith("arn:"):
            yield f"the grant {grant.grant_id[:8]} lets {grant.grantee} decrypt with {grant.key_arn}: it is not weighed"


def _matrix(reading: Reading) -> Table:
    names = tuple(reading.name(number) for number in range(len(reading.secrets)))
    if len(names) > MOST_COLUMNS:
        rows = tuple((reader.who, each.answer, each.way, str(len(each.secrets)),
                      listed([names[number] for number in each.secrets], 40))
                     for reader in reading.readers for each in reader.answers)  # fmt: skip
        return Table("Who reads which secret", ("principal", "answer", "way", "how many", "secrets"), rows)
    own = tuple(_row(reader, len(names)) for reader in reading.readers)
    return Table("Who reads which secret", ("principal", *names), own + rows_from_outside(reading))


def _row(reader: Reader, count: int) -> tuple[str, ...]:
    cells = [NO] * count
    for each in reader.answers:
        for number in each.secrets:
            cells[number] = each.answer
    return (reader.who, *cells)


def _by_secret(reading: Reading, counts: Counts) -> Table:
    rows = []
    for number, secret in enumerate(reading.secrets):
        key = secret.key_arn.reason if isinstance(secret.key_arn, Unknown) else secret.key_arn or "AWS's own"
        numbers = (str(count) for count in counts[number].values())
        rows.append((reading.name(number), *numbers, key, day(secret.last_accessed_on), day(secret.last_rotated_at)))
    return Table("Readers of each secret", _BY_SECRET, tuple(rows))
