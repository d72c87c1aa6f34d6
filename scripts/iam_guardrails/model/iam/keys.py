"""Which condition keys hold several values, and which may. Every other key holds one.

Sources: AWS IAM User Guide, reference_policies_condition-keys (global keys: "Value type - Multivalued") and
reference_policies_condition-single-vs-multi-valued-context-keys; Service Authorization Reference (types ArrayOf…).
"""

from __future__ import annotations

from collections.abc import Iterator

MULTIVALUED = frozenset(
    {
        "aws:calledvia", "aws:principalorgpaths", "aws:principalservicenameslist", "aws:resourceorgpaths",
        "aws:sourceorgpaths", "aws:tagkeys", "aws:vpceorgpaths",
        "cognito-identity.amazonaws.com:amr", "dynamodb:attributes", "dynamodb:leadingkeys",
        "kms:encryptioncontextkeys", "kms:grantoperations", "kms:resourcealiases",
        "route53:changeresourcerecordsetsactions",
        "route53:changeresourcerecordsetsnormalizedrecordnames", "route53:changeresourcerecordsetsrecordtypes",
        "secretsmanager:addreplicaregions", "sts:transitivetagkeys",
    }
)  # fmt: skip

# service: its other keys of the types ArrayOf… (Service Authorization Reference), in lower case. AWS's examples compare
# some of them as if they held one value, so that they count as several where a request gives them more than one.
_ARRAYS = """
    a4b: filters_devicetype
    account: accountresourceorgpaths alternatecontacttypes
    acm: domainnames
    apigateway: request/apikeyrequired request/authorizertype request/authorizeruri request/conditionbasepaths
        request/endpointtype request/routeauthorizationtype request/securitypolicy resource/apikeyrequired
        resource/authorizertype resource/authorizeruri resource/conditionbasepaths resource/endpointtype
        resource/routeauthorizationtype resource/securitypolicy
    autoscaling: capacityreservationids capacityreservationresourcegrouparns loadbalancernames targetgrouparns
        trafficsourceidentifiers vpczoneidentifiers
    aws-marketplace: agreementtype productid
    backup: copytargetorgpaths copytargets frameworkarns
    bedrock-agentcore: inboundjwtclaim/aud inboundjwtclaim/scope securitygroups subnets
    bedrock-mantle: files
    cloudformation: resourcetypes targetregion
    cloudshell: securitygroupids subnetids vpcids
    cloudwatch: alarmactions requestinsightruleloggroups requestmanagedresourcearns
    codebuild: buildbatchconfig.restrictions.computetypesallowed buildbatchconfig.restrictions.fleetsallowed
        cache.modes environment.environmentvariables.name environment.environmentvariables.value
        filesystemlocations.identifier filesystemlocations.location filesystemlocations.type
        secondaryartifacts.artifactidentifier secondaryartifacts.bucketowneraccess
        secondaryartifacts.encryptiondisabled secondaryartifacts.location secondarysources.auth.resource
        secondarysources.auth.type secondarysources.buildstatusconfig.context
        secondarysources.buildstatusconfig.targeturl secondarysources.insecuressl secondarysources.location
        secondarysources.sourceidentifier vpcconfig.securitygroupids vpcconfig.subnets
    comprehend: vpcsecuritygroupids vpcsubnets
    connect: flowtype listrealtimecontactanalysissegmentsbysegmenttype monitorcapabilities
        searchcontactsbycontactanalysis
    datapipeline: pipelinecreator workergroup
    deadline: farmmembershiplevels fleetmembershiplevels jobmembershiplevels queuemembershiplevels
    devops-guru: servicenames
    dsql: fistargetarns
    dynamodb: firstpartitionkeyvalues fistargetarns fourthpartitionkeyvalues secondpartitionkeyvalues
        thirdpartitionkeyvalues
    ec2: fistargetarns ikeversions phase1dhgroup phase1encryptionalgorithms phase1integrityalgorithms
        phase2dhgroup phase2encryptionalgorithms phase2integrityalgorithms vpceprivatednsspecifieddomains
    ecs: capacity-provider compute-compatibility subnet
    eks: kubernetesgroups namespaces
    elasticloadbalancing: securitygroup securitypolicy subnet
    events: detail-type eventbusarn source targetarn
    fis: operations targets
    geo: deviceids geofenceids
    glue: securitygroupids subnetids vpcids
    identitystore: groupexternalidissuers groupid userexternalidissuers userid
    imagebuilder: createdresourcetagkeys
    iot: thinggrouparn tunneldestinationservice
    iotfleetwise: signals
    iottwinmaker: destinationtype linkedservices sourcetype
    kinesis: fistargetarns
    lambda: layer securitygroupids subnetids
    lex: associatedintents associatedslottypes
    logs: loggeneratingresourcearns
    networkmanager: edgelocations subnetarns
    oam: resourcetypes
    observabilityadmin: centralizationsourceregions
    partnercentral-account-management: legacypartnercentralrole marketingcentralrole proserverole
    partnercentral: fulfillmenttypes programs
    payment-cryptography: resourcealiases
    pi: dimensions
    quicksight: allowedembeddingdomains kmskeyarns
    refactor-spaces: createdbyaccountids
    s3: inventoryaccessibleoptionalfields requestobjecttagkeys
    s3express: permissions
    sagemaker: acceleratortypes customermetadatapropertiestoremove imagearns imageversionarns instancetypes
        studiolifecycleconfigarns vpcsecuritygroupids vpcsubnets
    saml: cn eduorghomepageuri eduorgidentityauthnpolicyuri eduorglegalname eduorgsuperioruri
        eduorgwhitepagesuri edupersonaffiliation edupersonassurance edupersonentitlement edupersonnickname
        edupersonorgunitdn edupersonscopedaffiliation edupersontargetedid
    ses: recipients replicaregion
    ssm: documentcategories documentversion inventorytypename
    states: statemachinequalifier
    sts: identitytokenaudience requestcontextproviders
    synthetics: names
    transfer: requestserverprotocols
    vpc-lattice: privatednsspecifieddomains securitygroupids targetgrouparns
    wisdom: messagetemplate/routingprofilearn searchfilter/qualifier
"""


def _arrays() -> Iterator[str]:
    service = ""
    for word in _ARRAYS.split():
        if word.endswith(":"):
            service = word
        else:
            yield service + word


ARRAYS = frozenset(_arrays())


def is_multivalued(key: str, count: int) -> bool:
    """Whether `key` (lower case) holds several values: it is known for that, or the request gives more than one."""
    return count > 1 or key in MULTIVALUED
