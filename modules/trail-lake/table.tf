# The columns are those of the table that AWS documents (Athena User Guide, "Create the table for CloudTrail logs in
# Athena using partition projection"), with identityprovider and sessioncontext.sourceidentity, which it lacks.

locals {
  session_context = join(",", [
    "attributes:struct<mfaauthenticated:string,creationdate:string>",
    "sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>",
    "ec2roledelivery:string",
    "sourceidentity:string",
    "webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>",
  ])

  user_identity = join(",", [
    "type:string",
    "principalid:string",
    "arn:string",
    "accountid:string",
    "invokedby:string",
    "accesskeyid:string",
    "username:string",
    "identityprovider:string",
    "onbehalfof:struct<userid:string,identitystorearn:string>",
    "sessioncontext:struct<${local.session_context}>",
  ])

  columns = [
    { name = "eventversion", type = "string" },
    { name = "useridentity", type = "struct<${local.user_identity}>" },
    { name = "eventtime", type = "string" },
    { name = "eventsource", type = "string" },
    { name = "eventname", type = "string" },
    { name = "awsregion", type = "string" },
    { name = "sourceipaddress", type = "string" },
    { name = "useragent", type = "string" },
    { name = "errorcode", type = "string" },
    { name = "errormessage", type = "string" },
    { name = "requestparameters", type = "string" },
    { name = "responseelements", type = "string" },
    { name = "additionaleventdata", type = "string" },
    { name = "requestid", type = "string" },
    { name = "eventid", type = "string" },
    { name = "readonly", type = "string" },
    { name = "resources", type = "array<struct<arn:string,accountid:string,type:string>>" },
    { name = "eventtype", type = "string" },
    { name = "apiversion", type = "string" },
    { name = "recipientaccountid", type = "string" },
    { name = "serviceeventdetails", type = "string" },
    { name = "sharedeventid", type = "string" },
    { name = "vpcendpointid", type = "string" },
    { name = "vpcendpointaccountid", type = "string" },
    { name = "eventcategory", type = "string" },
    { name = "addendum", type = "struct<reason:string,updatedfields:string,originalrequestid:string,originaleventid:string>" },
    { name = "sessioncredentialfromconsole", type = "string" },
    { name = "edgedevicedetails", type = "string" },
    { name = "tlsdetails", type = "struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>" },
  ]
}

resource "aws_glue_catalog_database" "lake" {
  name        = local.database
  description = "CloudTrail's files of ${var.trail_bucket_name}, read in place"
}

resource "aws_glue_catalog_table" "cloudtrail" {
  name          = local.table
  database_name = aws_glue_catalog_database.lake.name
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    EXTERNAL                       = "TRUE"
    classification                 = "cloudtrail"
    "projection.enabled"           = "true"
    "projection.account.type"      = "enum"
    "projection.account.values"    = join(",", local.accounts)
    "projection.region.type"       = "enum"
    "projection.region.values"     = join(",", local.regions)
    "projection.day.type"          = "date"
    "projection.day.format"        = "yyyy/MM/dd"
    "projection.day.interval"      = "1"
    "projection.day.interval.unit" = "DAYS"
    "projection.day.range"         = "${var.first_day},NOW"
    "storage.location.template"    = "s3://${var.trail_bucket_name}/${local.key_prefix}/$${account}/CloudTrail/$${region}/$${day}"
  }

  dynamic "partition_keys" {
    for_each = ["account", "region", "day"]

    content {
      name = partition_keys.value
      type = "string"
    }
  }

  storage_descriptor {
    location      = "s3://${var.trail_bucket_name}/${local.key_prefix}/"
    input_format  = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

    ser_de_info {
      serialization_library = "org.apache.hive.hcatalog.data.JsonSerDe"
      parameters = {
        "serialization.format" = "1"
      }
    }

    dynamic "columns" {
      for_each = local.columns

      content {
        name = columns.value.name
        type = columns.value.type
      }
    }
  }
}
