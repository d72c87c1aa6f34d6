"""IAM Access Analyzer, which moto does not have: analyzers, archive rules, tags, and findings put in."""

from __future__ import annotations

import sys
import types
from re import compile as regex
from typing import Any
from urllib.parse import unquote

import moto
import moto.backend_index
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.core.utils import utcnow

_HOST = r"https?://access-analyzer\.(.+)\.amazonaws\.com"
_DEFAULT_UNUSED_DAYS = 90
_NOT_LISTED = ("analyzerArn", "findingDetails")
Analyzer = dict[str, Any]


class ResourceNotFoundException(ServiceException):
    """No such analyzer, rule or finding."""

    code = "ResourceNotFoundException"


class ConflictException(ServiceException):
    """The name is taken."""

    code = "ConflictException"


class ValidationException(ServiceException):
    """The call does not fit the analyzer."""

    code = "ValidationException"


class AccessAnalyzerBackend(BaseBackend):
    """The analyzers of one account in one Region by name, and the findings that a test fed it.

    A finding is a dictionary in the form of FindingSummaryV2, plus the key `analyzerArn`.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.analyzers: dict[str, Analyzer] = {}
        self.rules: dict[str, dict[str, dict[str, Any]]] = {}
        self.findings: list[dict[str, Any]] = []


AccessAnalyzerBackend.__module__ = "moto.accessanalyzer.models"  # moto finds the URLs beside this module
accessanalyzer_backends: BackendDict[AccessAnalyzerBackend] = BackendDict(AccessAnalyzerBackend, "accessanalyzer")


class AccessAnalyzerResponse(BaseResponse):
    """The actions, named as moto wants them."""

    def __init__(self) -> None:
        super().__init__(service_name="accessanalyzer")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> AccessAnalyzerBackend:
        """The backend of this call's account and Region."""
        return accessanalyzer_backends[self.current_account][self.region]

    def create_analyzer(self) -> ActionResult:
        """Access Analyzer API Reference: API_CreateAnalyzer."""
        name, kind = self._get_param("analyzerName"), self._get_param("type")
        if name in self.backend.analyzers:
            raise ConflictException(f"Analyzer {name} already exists.")
        arn = f"arn:{self.partition}:access-analyzer:{self.region}:{self.current_account}:analyzer/{name}"
        analyzer: Analyzer = {
            "arn": arn,
            "name": name,
            "type": kind,
            "status": "ACTIVE",
            "createdAt": utcnow(),
            "tags": dict(self._get_params().get("tags") or {}),
        }
        if kind.endswith("_UNUSED_ACCESS"):
            given = self._given("configuration", "unusedAccess")
            analyzer["configuration"] = {"unusedAccess": {"unusedAccessAge": _DEFAULT_UNUSED_DAYS} | given}
        self.backend.analyzers[name] = analyzer
        self.backend.rules[name] = {}
        for rule in self._get_params().get("archiveRules") or []:
            self._keep_rule(name, rule["ruleName"], rule["filter"])
        return ActionResult({"arn": arn})

    def get_analyzer(self) -> ActionResult:
        """Access Analyzer API Reference: API_GetAnalyzer."""
        return ActionResult({"analyzer": self._analyzer()})

    def list_analyzers(self) -> ActionResult:
        """Access Analyzer API Reference: API_ListAnalyzers."""
        kind = self._get_param("type")
        found = [each for each in self.backend.analyzers.values() if kind in (None, each["type"])]
        return ActionResult({"analyzers": found})

    def update_analyzer(self) -> ActionResult:
        """Access Analyzer API Reference: API_UpdateAnalyzer."""
        analyzer = self._analyzer()
        analyzer.setdefault("configuration", {}).update(self._given("configuration"))
        return ActionResult({"configuration": analyzer["configuration"]})

    def delete_analyzer(self) -> EmptyResult:
        """Access Analyzer API Reference: API_DeleteAnalyzer."""
        name = self._analyzer()["name"]
        del self.backend.analyzers[name], self.backend.rules[name]
        return EmptyResult()

    def create_archive_rule(self) -> EmptyResult:
        """Access Analyzer API Reference: API_CreateArchiveRule."""
        name, rule = self._analyzer()["name"], self._get_param("ruleName")
        if rule in self.backend.rules[name]:
            raise ConflictException(f"Archive rule {rule} already exists.")
        self._keep_rule(name, rule, self._get_params()["filter"])
        return EmptyResult()

    def update_archive_rule(self) -> EmptyResult:
        """Access Analyzer API Reference: API_UpdateArchiveRule."""
        rule = self._rule()
        rule |= {"filter": self._get_params()["filter"], "updatedAt": utcnow()}
        return EmptyResult()

    def get_archive_rule(self) -> ActionResult:
        """Access Analyzer API Reference: API_GetArchiveRule."""
        return ActionResult({"archiveRule": self._rule()})

    def list_archive_rules(self) -> ActionResult:
        """Access Analyzer API Reference: API_ListArchiveRules."""
        return ActionResult({"archiveRules": list(self.backend.rules[self._analyzer()["name"]].values())})

    def delete_archive_rule(self) -> EmptyResult:
        """Access Analyzer API Reference: API_DeleteArchiveRule."""
        rule = self._rule()
        del self.backend.rules[self._analyzer()["name"]][rule["ruleName"]]
        return EmptyResult()

    def list_findings(self) -> ActionResult:
        """Access Analyzer API Reference: API_ListFindings, of external access analyzers only."""
        if self._by_arn(self._get_param("analyzerArn"))["type"] not in ("ACCOUNT", "ORGANIZATION"):
            raise ValidationException("ListFindings is supported only for external access analyzers.")
        found = []
        for each in self._findings():
            listed: list[dict[str, Any]] = each.get("findingDetails") or [{}]
            details = listed[0].get("externalAccessDetails", {})
            found.append({key: value for key, value in each.items() if key not in (*_NOT_LISTED, "findingType")}
                         | {"condition": {}} | details)  # fmt: skip
        return self._page(found)

    def list_findings_v2(self) -> ActionResult:
        """Access Analyzer API Reference: API_ListFindingsV2; filters by any field of a finding."""
        self._by_arn(self._get_param("analyzerArn"))
        found = self._findings()
        return self._page([{k: v for k, v in each.items() if k not in _NOT_LISTED} for each in found])

    def _findings(self) -> list[dict[str, Any]]:
        arn, wanted = self._get_param("analyzerArn"), self._given("filter")
        return [
            each
            for each in self.backend.findings
            if each["analyzerArn"] == arn and all(_admits(each.get(key), test) for key, test in wanted.items())
        ]

    def _page(self, found: list[dict[str, Any]]) -> ActionResult:
        start, size = int(self._get_param("nextToken") or 0), int(self._get_param("maxResults") or 100)
        more = {"nextToken": str(start + size)} if start + size < len(found) else {}
        return ActionResult({"findings": found[start : start + size]} | more)

    def get_finding_v2(self) -> ActionResult:
        """Access Analyzer API Reference: API_GetFindingV2."""
        arn, wanted = self._get_param("analyzerArn"), self._get_param("id")
        for each in self.backend.findings:
            if (each["analyzerArn"], each["id"]) == (arn, wanted):
                return ActionResult({"findingDetails": []} | each)
        raise ResourceNotFoundException(f"Finding {wanted} does not exist.")

    def tag_resource(self) -> EmptyResult:
        """Access Analyzer API Reference: API_TagResource."""
        self._by_arn(self._resource_arn())["tags"].update(self._get_params()["tags"])
        return EmptyResult()

    def untag_resource(self) -> EmptyResult:
        """Access Analyzer API Reference: API_UntagResource."""
        tags = self._by_arn(self._resource_arn())["tags"]
        for key in self._get_param("tagKeys") or []:
            tags.pop(key, None)
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        """Access Analyzer API Reference: API_ListTagsForResource."""
        return ActionResult({"tags": self._by_arn(self._resource_arn())["tags"]})

    def _given(self, *path: str) -> dict[str, Any]:
        value: Any = self._get_params()
        for key in path:
            value = value.get(key) or {}
        return dict(value)

    def _resource_arn(self) -> str:
        return unquote(self._get_param("resourceArn"))

    def _analyzer(self) -> Analyzer:
        name = unquote(self._get_param("analyzerName"))
        if name not in self.backend.analyzers:
            raise ResourceNotFoundException(f"Analyzer {name} does not exist.")
        return self.backend.analyzers[name]

    def _by_arn(self, arn: str) -> Analyzer:
        for each in self.backend.analyzers.values():
            if each["arn"] == arn:
                return each
        raise ResourceNotFoundException(f"Analyzer {arn} does not exist.")

    def _keep_rule(self, analyzer: str, rule: str, filters: Any) -> None:
        now = utcnow()
        entry = {"ruleName": rule, "filter": filters, "createdAt": now, "updatedAt": now}
        self.backend.rules[analyzer][rule] = entry

    def _rule(self) -> dict[str, Any]:
        rules, name = self.backend.rules[self._analyzer()["name"]], unquote(self._get_param("ruleName"))
        if name not in rules:
            raise ResourceNotFoundException(f"Archive rule {name} does not exist.")
        return rules[name]


def _admits(value: Any, test: Any) -> bool:
    if "eq" in test:
        return value in test["eq"]
    if "neq" in test:
        return value not in test["neq"]
    if "contains" in test:
        return any(part in str(value) for part in test["contains"])
    return (value is not None) == bool(test.get("exists", True))


def graft() -> None:
    """Make `moto.accessanalyzer` a service: the package, its URLs, its place in the index of hosts."""
    package = types.ModuleType("moto.accessanalyzer")
    urls = types.ModuleType("moto.accessanalyzer.urls")
    vars(urls).update(url_bases=[_HOST], url_paths={"{0}/.*$": AccessAnalyzerResponse.dispatch})
    vars(package).update(accessanalyzer_backends=accessanalyzer_backends, urls=urls, models=package, __path__=[])
    for name, module in (("", package), (".urls", urls), (".models", package)):
        sys.modules["moto.accessanalyzer" + name] = module
    vars(moto)["accessanalyzer"] = package
    moto.backend_index.backend_url_patterns.append(("accessanalyzer", regex(_HOST)))
