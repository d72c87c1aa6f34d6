"""What AWS's documentation of filter patterns leaves open, and what a live TestMetricFilter answered.

Each case is a question with one bit for an answer, and a probe: a pattern and an event for which AWS's own answer
(does it match?) settles that case and no other. Without an answer the verdict is undetermined.

Sources for what is NOT open: Amazon CloudWatch Logs User Guide, "Using filter patterns to match terms in JSON log
events" (awsdocs/amazon-cloudwatch-logs-user-guide, doc_source/FilterAndPatternSyntax.md): values "must exactly match
the metric filter"; a selector "must point to a value node (string or number)", and where it points to an array or an
object neither `=` nor `!=` matches; strings of letters and digits need no quotes, so `= 400` matches the text "400";
`{ $.latency = * }` matches a number. The page of 2019 to 2022 says that `Ev*ent` matches "the actual string Ev*ent"
only; later pages leave the sentence out, so an asterisk inside a text is a case of its own.
"""

from __future__ import annotations

from iam_guardrails.model.value import frozen


@frozen
class OpenCase:
    """One question. `sentence` says what a yes means; AWS's verdict on `event` under `pattern` is the answer."""

    id: str
    sentence: str
    pattern: str
    event: str


def _cases(rows: str) -> tuple[OpenCase, ...]:
    return tuple(OpenCase(*(cell.strip() for cell in row.split(" ~ "))) for row in rows.strip().splitlines())


CASES: tuple[OpenCase, ...] = _cases("""
differs-missing-text    ~ `!= "text"` matches where the field is missing  ~ { $.a != "x" }     ~ {"b": "y"}
differs-missing-number  ~ `!= number` matches where the field is missing  ~ { $.a != 75 }      ~ {"b": "y"}
differs-missing-regex   ~ `!= %regex%` matches where the field is missing ~ { $.a != %x% }     ~ {"b": "y"}
differs-null-text       ~ `!= "text"` matches null                        ~ { $.a != "x" }     ~ {"a": null}
differs-null-text-same  ~ `!= "null"` matches null                        ~ { $.a != "null" }  ~ {"a": null}
differs-null-number     ~ `!= number` matches null                        ~ { $.a != 75 }      ~ {"a": null}
differs-null-regex      ~ `!= %regex%` matches null                       ~ { $.a != %x% }     ~ {"a": null}
differs-null-regex-same ~ `!= %null%` matches null                        ~ { $.a != %null% }  ~ {"a": null}
equal-boolean-text      ~ `= "true"` matches the JSON value true          ~ { $.a = "true" }   ~ {"a": true}
equal-boolean-wildcard  ~ `= "tr*"` matches the JSON value true           ~ { $.a = "tr*" }    ~ {"a": true}
equal-boolean-regex     ~ `= %tr%` matches the JSON value true            ~ { $.a = %tr% }     ~ {"a": true}
differs-boolean-text    ~ `!= "other text"` matches a JSON boolean        ~ { $.a != "x" }     ~ {"a": true}
differs-boolean-text-same     ~ `!= "true"` matches the JSON value true   ~ { $.a != "true" }  ~ {"a": true}
differs-boolean-wildcard      ~ `!= "x*"` matches a JSON boolean          ~ { $.a != "x*" }    ~ {"a": true}
differs-boolean-wildcard-same ~ `!= "tr*"` matches the JSON value true    ~ { $.a != "tr*" }   ~ {"a": true}
differs-boolean-regex         ~ `!= %x%` matches a JSON boolean           ~ { $.a != %x% }     ~ {"a": true}
differs-boolean-regex-same    ~ `!= %tr%` matches the JSON value true     ~ { $.a != %tr% }    ~ {"a": true}
differs-boolean-number        ~ `!= number` matches a JSON boolean        ~ { $.a != 75 }      ~ {"a": true}
equal-number-text      ~ `= "75"` matches the JSON number 75              ~ { $.a = "75" }     ~ {"a": 75}
equal-number-spelling  ~ `= "75.0"` matches the JSON number 75            ~ { $.a = "75.0" }   ~ {"a": 75}
equal-number-wildcard  ~ `= "7*"` matches the JSON number 75              ~ { $.a = "7*" }     ~ {"a": 75}
equal-number-regex     ~ `= %7[0-9]%` matches the JSON number 75          ~ { $.a = %7[0-9]% } ~ {"a": 75}
differs-number-text      ~ `!= "text"` matches a JSON number              ~ { $.a != "x" }     ~ {"a": 75}
differs-number-text-same ~ `!= "75"` matches the JSON number 75           ~ { $.a != "75" }    ~ {"a": 75}
differs-number-spelling  ~ `!= "75.0"` matches the JSON number 75         ~ { $.a != "75.0" }  ~ {"a": 75}
differs-number-wildcard  ~ `!= "8*"` matches the JSON number 75           ~ { $.a != "8*" }    ~ {"a": 75}
differs-number-wildcard-same ~ `!= "7*"` matches the JSON number 75       ~ { $.a != "7*" }    ~ {"a": 75}
differs-number-regex         ~ `!= %8[0-9]%` matches the JSON number 75   ~ { $.a != %8[0-9]% } ~ {"a": 75}
differs-number-regex-same    ~ `!= %7[0-9]%` matches the JSON number 75   ~ { $.a != %7[0-9]% } ~ {"a": 75}
equal-text-spelling    ~ `= 75.0` matches the text "75"                   ~ { $.a = 75.0 }     ~ {"a": "75"}
differs-text-spelling  ~ `!= 75.0` matches the text "75"                  ~ { $.a != 75.0 }    ~ {"a": "75"}
order-text-number      ~ `< 10` compares the text "9" as a number         ~ { $.a < 10 }       ~ {"a": "9"}
order-text-letters     ~ `>` compares texts letter by letter              ~ { $.a > 1 }        ~ {"a": "x"}
asterisk-inside        ~ an asterisk inside a text stands for any text    ~ { $.a = "Ev*ent" } ~ {"a": "Event"}
is-true-text           ~ `IS TRUE` matches the text "true"                ~ { $.a IS TRUE }    ~ {"a": "true"}
is-false-text          ~ `IS FALSE` matches the text "false"              ~ { $.a IS FALSE }   ~ {"a": "false"}
is-null-text           ~ `IS NULL` matches the text "null"                ~ { $.a IS NULL }    ~ {"a": "null"}
each-differs-some      ~ `[*] !=` matches as soon as one element differs  ~ { $.a[*] != "x" }  ~ {"a": ["x", "y"]}
each-differs-empty     ~ `[*] !=` matches an empty array                  ~ { $.a[*] != "x" }  ~ {"a": []}
each-differs-missing   ~ `[*] !=` matches where there is no array         ~ { $.a[*] != "x" }  ~ {"b": "y"}
each-absent-some       ~ `[*].b NOT EXISTS` matches as soon as one element lacks b ~ { $.a[*].b NOT EXISTS } ~ {"a": [{"b": "x"}, {"c": "x"}]}
""")  # noqa: E501 - a table is read by its columns
