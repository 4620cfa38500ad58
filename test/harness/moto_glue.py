"""What moto's Glue lacks of crawlers and connections: UpdateCrawler, UpdateConnection, DeleteConnection, and fields that it drops."""

from moto.core.responses import EmptyResult
from moto.core.utils import utcnow
from moto.glue.exceptions import EntityNotFoundException
from moto.glue.models import FakeConnection, FakeCrawler, GlueBackend
from moto.glue.responses import GlueResponse

CONNECTION = FakeConnection.as_dict
CRAWLER = FakeCrawler.as_dict
CREATE_CRAWLER = GlueResponse.create_crawler
GIVEN = ("ConnectionType", "MatchCriteria", "AuthenticationConfiguration", "PythonProperties")
# AWS's name for what moto keeps under its own.
FIELDS = {
    "Role": "role",
    "DatabaseName": "database_name",
    "Description": "description",
    "Targets": "targets",
    "Schedule": "schedule",
    "Classifiers": "classifiers",
    "TablePrefix": "table_prefix",
    "SchemaChangePolicy": "schema_change_policy",
    "RecrawlPolicy": "recrawl_policy",
    "LineageConfiguration": "lineage_configuration",
    "Configuration": "configuration",
    "CrawlerSecurityConfiguration": "crawler_security_configuration",
    "LakeFormationConfiguration": "lake_formation",
}


def connection(self, hide_password=False):
    given = {key: self.connection_input[key] for key in GIVEN if key in self.connection_input}
    return {**CONNECTION(self, hide_password), **given}


def crawler(self):
    return {**CRAWLER(self), "LakeFormationConfiguration": getattr(self, "lake_formation", None)}


def known_connection(backend: GlueBackend, name):
    if name not in backend.connections:
        raise EntityNotFoundException(f"Connection {name} not found.")
    return backend.connections[name]


def delete_connection(self):
    found = known_connection(self.glue_backend, self._get_param("ConnectionName"))
    self.glue_backend.tagger.delete_all_tags_for_resource(found.arn)
    del self.glue_backend.connections[found.name]
    return EmptyResult()


def update_connection(self):
    found = known_connection(self.glue_backend, self._get_param("Name"))
    fresh = FakeConnection(self.glue_backend, found.catalog_id, self._get_param("ConnectionInput"), {})
    self.glue_backend.connections[found.name] = fresh
    return EmptyResult()


def create_crawler(self):
    answer = CREATE_CRAWLER(self)
    found = self.glue_backend.get_crawler(self.parameters.get("Name"))
    found.lake_formation = self.parameters.get("LakeFormationConfiguration")
    return answer


def update_crawler(self):
    found = self.glue_backend.get_crawler(self.parameters.get("Name"))
    for name, field in FIELDS.items():
        if name in self.parameters:
            setattr(found, field, self.parameters[name] or None)
    found.last_updated = utcnow()
    return EmptyResult()


GET_TAGS = GlueResponse.get_tags
# Where moto keeps what an ARN names.
KEPT = {
    "job": "jobs",
    "workflow": "workflows",
    "trigger": "triggers",
    "database": "databases",
    "crawler": "crawlers",
    "connection": "connections",
}


def get_tags(self):
    """moto tells tags of what is not there: none, or those that it had. Glue says that there is no such thing."""
    kind, _, name = self.parameters.get("ResourceArn").split(":", 5)[-1].partition("/")
    if kind in KEPT and name not in getattr(self.glue_backend, KEPT[kind]):
        raise EntityNotFoundException(f"Entity not found: {name}")
    return GET_TAGS(self)


GlueResponse.get_tags = get_tags
FakeConnection.as_dict = connection
FakeCrawler.as_dict = crawler
GlueResponse.create_crawler = create_crawler
GlueResponse.update_crawler = update_crawler
GlueResponse.delete_connection = delete_connection
GlueResponse.update_connection = update_connection
