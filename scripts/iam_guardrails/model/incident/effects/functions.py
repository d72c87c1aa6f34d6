"""Lambda functions: what they run, as whom, and how many at once.

A deployment that was rolled back stays so until the next one, where that was the purpose of the use.
Source: AWS Lambda API Reference, GetFunctionConfiguration (RevisionId changes with every change, CodeSha256 with the
code), UpdateFunctionCode and UpdateFunctionConfiguration (which answer with the same), GetAlias and
GetFunctionConcurrency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, SETS, Call, Kind, Names, State
from iam_guardrails.model.incident.effects.reading import answered, at, settings, written_value
from iam_guardrails.model.incident.effects.state import only, upper
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.incident.step import ROLLBACK
from iam_guardrails.model.unknown import Unknown

_NO_FUNCTION = ("ResourceNotFoundException",)
_FUNCTION = {"FunctionName": "functionName"}
_LAMBDA = (("aws_lambda_function", {"function_name": "FunctionName"}),)
_SETTINGS = ("CodeSha256", "Handler", "Runtime", "Role", "Timeout", "MemorySize", "Description", "PackageType",
             "Architectures", "Layers", "VpcConfig", "TracingConfig", "EphemeralStorage", "KMSKeyArn")  # fmt: skip
_TOLD = ("RevisionId", *_SETTINGS)
_UNTOLD = Unknown("Lambda does not tell which revision of the function is in force")
_OF_CODE = ("CodeSha256", "PackageType", "Architectures")


def _written(write: Write, names: Names) -> State:
    """The revision that a call left; where Lambda tells none, the code, or those settings that were given."""
    if revision := write.text("response:revisionId"):
        return {"RevisionId": revision}
    found = upper(write.response)
    code = write.action == "lambda:UpdateFunctionCode"
    given = set(_OF_CODE if code else upper(write.request))
    told = only(found, tuple(name for name in _SETTINGS if name in given))
    return told or Unknown("CloudTrail does not record what the function was set to")


CONFIGURATION = Kind(
    "function-configuration", "the function {FunctionName} is set up as it is now",
    ("lambda", "GetFunctionConfiguration", {"FunctionName": "{FunctionName}"}),
    answered(lambda found: {"RevisionId": _UNTOLD} | only(found, _TOLD)), _NO_FUNCTION,
    earlier="a published version of the function, or Terraform, may hold it", revision=True,
    terraform=tuple(("aws_lambda_function", {"function_name": "FunctionName", code: ""})
                    for code in ("source_code_hash", "image_uri")),
    by_hand="Lambda keeps no earlier code or settings but those of published versions: let the pipeline deploy the"
    " release of {FunctionName} that ran before {since}, or Terraform apply its settings",
)  # fmt: skip
CONCURRENCY = Kind(
    "function-concurrency", "the function {FunctionName} has a concurrency of its own",
    ("lambda", "GetFunctionConcurrency", {"FunctionName": "{FunctionName}"}), at("ReservedConcurrentExecutions"),
    _NO_FUNCTION, whole=True, away="aws lambda delete-function-concurrency --function-name {FunctionName}",
    back="aws lambda put-function-concurrency --function-name {FunctionName} --reserved-concurrent-executions {value}",
    terraform=_LAMBDA,
    by_hand="where {FunctionName} had no concurrency of its own before {since}, aws lambda delete-function-concurrency"
    " ends it; where it had, Terraform or its owner tells how much, which aws lambda put-function-concurrency sets",
)  # fmt: skip
_ALIAS = ("FunctionVersion", "RoutingConfig")
ALIAS = Kind(
    "function-alias", "the alias {Name} of the function {FunctionName} points where it points now",
    ("lambda", "GetAlias", {"FunctionName": "{FunctionName}", "Name": "{Name}"}), settings("", _ALIAS),
    _NO_FUNCTION,
    terraform=(("aws_lambda_alias", {"function_name": "FunctionName", "name": "Name"}),),
    earlier="the record of the UpdateAlias or CreateAlias before it may tell",
    by_hand="Lambda keeps no earlier version of an alias; the last UpdateAlias or CreateAlias of {Name} before {since}"
    " in CloudTrail tells it, or the pipeline that releases {FunctionName}; then aws lambda update-alias with that"
    " --function-version, and --routing-config AdditionalVersionWeights={{}} where no other version had a share",
)  # fmt: skip


def _alias_written(write: Write, names: Names) -> State:
    """Where the alias points; a further version that gets a share of the calls is under names that are its number."""
    told = {"FunctionVersion": write.value("functionVersion"), "RoutingConfig": write.value("routingConfig")}
    shares = told["RoutingConfig"]
    if isinstance(shares, Mapping):
        told["RoutingConfig"] = {key[:1].upper() + key[1:]: value for key, value in shares.items()}
    found = {key: value for key, value in told.items() if value is not None}
    return found or Unknown("CloudTrail does not record where the alias was to point")


def _coded(write: Write) -> Sequence[Names] | Unknown:
    """The function whose code a call set; none where it only tried whether it could."""
    if not write.text("functionName"):
        return Unknown("the record does not tell functionName")
    return () if write.value("dryRun") in (True, "true") else [{"FunctionName": write.text("functionName")}]


_NAMING = frozenset({"functionName", "fullyQualifiedArn", "revisionId"})
_CODE = _NAMING | {"zipFile", "s3Bucket", "s3Key", "s3ObjectVersion", "imageUri", "publish", "dryRun"}
_POINTING = _NAMING | {"name", "functionVersion", "routingConfig"}
"""What a rollback sets: which code runs, and which version an alias points to."""
CALLS: tuple[Call, ...] = (
    Call("lambda:UpdateFunctionConfiguration", CONFIGURATION, SETS, _FUNCTION, _written),
    Call("lambda:UpdateFunctionCode", CONFIGURATION, SETS, each=_coded, written=_written, meant_for=ROLLBACK,
         meaning=_CODE),
    Call("lambda:UpdateAlias", ALIAS, SETS, _FUNCTION | {"Name": "name"}, _alias_written, meant_for=ROLLBACK,
         meaning=_POINTING),
    Call("lambda:PutFunctionConcurrency", CONCURRENCY, ADDS, _FUNCTION, written_value("reservedConcurrentExecutions")),
    Call("lambda:DeleteFunctionConcurrency", CONCURRENCY, REMOVES, _FUNCTION),
)  # fmt: skip
