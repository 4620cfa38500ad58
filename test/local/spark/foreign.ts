import { strToU8, zipSync } from "fflate";
import { beforeAll, expect, test } from "vitest";
import { BUCKET, type Jobs } from "./jobs.ts";

const CATALOG = { "--enable-glue-datacatalog": "true", "--datalake-formats": "hudi" };
const HEAD = `
import sys
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.transforms import *
from pyspark.context import SparkContext
glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session
job = Job(glueContext)
`;

const CONNECTOR = `${HEAD}
read = lambda options, **more: glueContext.create_dynamic_frame.from_options("s3", options, **more)
people = read({"paths": ["s3://${BUCKET}/in/json/"], "recurse": True, "exclusions": ["**/b.json"], "groupFiles": "inPartition"}, format="json")
print("excluded", people.count())
print("nothing there", read({"paths": ["s3://${BUCKET}/in/none/"]}, format="json").count())
bare = read({"paths": ["s3://${BUCKET}/in/bare.csv"]}, format="csv", format_options={"withHeader": False, "quoteChar": -1})
print("bare", bare.toDF().columns, [tuple(row) for row in bare.toDF().collect()])
options = {
    "className": "org.apache.hudi", "connectionName": "hudi-connection", "path": "s3://${BUCKET}/lake/people/",
    "hoodie.table.name": "people", "hoodie.datasource.write.recordkey.field": "id",
    "hoodie.datasource.write.precombine.field": "at", "hoodie.datasource.write.operation": "upsert",
    "hoodie.datasource.hive_sync.enable": "true", "hoodie.datasource.hive_sync.use_jdbc": "false",
    "hoodie.datasource.hive_sync.database": "db", "hoodie.datasource.hive_sync.table": "people",
}
glueContext.write_dynamic_frame.from_options(frame=people, connection_type="marketplace.spark", connection_options=options)
glueContext.write_dynamic_frame.from_options(frame=people, connection_type="custom.spark", connection_options=options)
print("hudi", spark.sql("select count(*) from db.people").collect()[0][0])
sink = glueContext.getSink(connection_type="s3", path="s3://${BUCKET}/lake/parts/", enableUpdateCatalog=True, partitionKeys=["at"])
sink.setCatalogInfo(catalogDatabase="db", catalogTableName="parts")
sink.setFormat("glueparquet")
sink.writeFrame(people)
job.commit()
`;

const TRANSFORMS = `${HEAD}
from awsgluedq.transforms import EvaluateDataQuality
orders = DynamicFrame.fromDF(spark.createDataFrame([(1, "x", ["p", "q"]), (2, "y", None)], "id int, name string, items array<string>"), glueContext, "orders")
nested = orders.apply_mapping([("id", "int", "order.number", "long"), ("name", "string", "order.name", "string"), ("id", "int", "\`a.b\`", "int")])
print(nested.toDF().schema.simpleString())
flat = Relationalize.apply(frame=orders, staging_path="/tmp/x", name="orders")
print(sorted(flat.keys()), [tuple(row) for row in flat.select("orders_items").toDF().select("index", "\`items.val\`").collect()])
root, items = flat.select("orders"), flat.select("orders_items")
joined = Join.apply(frame1=root, frame2=items, keys1="items", keys2="id")
print(joined.toDF().columns, joined.count())
print(joined.drop_fields(["\`.id\`", "\`items.val\`"]).toDF().columns)
parts = SplitRows.apply(frame=orders, comparison_dict={"id": {">": 1}}, name1="high", name2="low")
print(parts.select("high").count(), parts.select("low").count())
boxed = DynamicFrame.fromDF(spark.createDataFrame([('{"k": 1}',)], "box string"), glueContext, "boxed")
print(Unbox.apply(frame=boxed, path="box", format="json").toDF().select("box.k").collect()[0][0])
print(Map.apply(frame=orders, f=lambda row: {**row, "none": None, "twice": row["id"] * 2}).toDF().select("twice").collect())
rules = EvaluateDataQuality().process_rows(frame=orders, ruleset='Rules = [ColumnCount > 0, IsComplete "items"]')
print([tuple(row) for row in rules.toDF().collect()])
print(ErrorsAsDynamicFrame.apply(orders).count())
`;

const MAKE = `${HEAD}
spark.sql("CREATE DATABASE IF NOT EXISTS owned LOCATION 's3://${BUCKET}/owned/'")
if "notes" not in [table.name for table in spark.catalog.listTables("owned")]:
    spark.sql("CREATE TABLE owned.notes (id string, text string) USING hudi TBLPROPERTIES (primaryKey = 'id')")
    spark.sql("INSERT INTO owned.notes VALUES ('1', 'one'), ('2', 'two')")
    spark.sql("CREATE TABLE owned.plain USING parquet AS SELECT 1 AS id")
spark.sql("MERGE INTO owned.notes t USING (SELECT '2' AS id, 'second' AS text UNION ALL SELECT '3', 'three') s ON t.id = s.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *")
print(sorted(tuple(row) for row in spark.table("owned.notes").select("id", "text").collect()))
print(len(spark.sql("call show_commits(table => 'owned.notes', limit => 10)").collect()))
spark.createDataFrame([(9,)], "id int").write.mode("append").saveAsTable("owned.plain")
print(spark.table("owned.plain").count())
`;

const REFUSED = `${HEAD}
def told(call):
    try:
        call()
    except Exception as error:
        print(type(error).__name__, error)
told(lambda: glueContext.create_data_frame.from_options(connection_type="kinesis", connection_options={"streamARN": "x"}))
told(lambda: glueContext.create_dynamic_frame.from_options("s3", {"paths": ["s3://${BUCKET}/in/"]}, format="xml"))
told(lambda: glueContext.forEachBatch(frame=None, batch_function=print, options={}))
told(lambda: glueContext.write_dynamic_frame.from_options(frame=DynamicFrame.fromDF(spark.range(1), glueContext, "x"), connection_type="marketplace.spark", connection_options={"className": "net.snowflake.spark.snowflake"}))
`;

async function outputOf(jobs: Jobs, script: string, args: Record<string, string> = CATALOG): Promise<string[]> {
  const { run, output } = await jobs.run(await jobs.job(script, args));
  expect(run.ErrorMessage).toBeUndefined();
  return output;
}

/** What Glue has beside Spark, asked by scripts of other people; `on` tells where, once that is up. */
export function foreignScripts(on: () => Jobs): void {
  beforeAll(async () => {
    await on().put("in/json/deep/a.json", '{"id": "1", "at": 1}\n{"id": "2", "at": 1}\n');
    await on().put("in/json/deep/b.json", '{"id": "3", "at": 2}\n');
    await on().put("in/bare.csv", '1,"x"\n');
  });

  test("Hudi by the connector of the marketplace, Glue's ways of reading files, a sink with partitions", async () => {
    expect(await outputOf(on(), CONNECTOR)).toEqual([
      "excluded 2",
      "nothing there 0",
      `bare ['col0', 'col1'] [('1', '"x"')]`,
      "hudi 2",
    ]);
    const { Partitions } = await on().glue.getPartitions({ DatabaseName: "db", TableName: "parts" });
    expect(Partitions?.map((partition) => [partition.Values, partition.StorageDescriptor?.Location])).toEqual([
      [["1"], `s3://${BUCKET}/lake/parts/at=1/`],
    ]);
  });

  test("transforms of nested and listed columns", async () => {
    expect(await outputOf(on(), TRANSFORMS)).toEqual([
      "struct<order:struct<number:bigint,name:string>,a.b:int>",
      "['orders', 'orders_items'] [(0, 'p'), (1, 'q')]",
      "['id', 'name', 'items', '.id', 'index', 'items.val'] 2",
      "['id', 'name', 'items', 'index']",
      "1 1",
      "1",
      "[Row(twice=2), Row(twice=4)]",
      `[('ColumnCount > 0', 'Passed'), ('IsComplete "items"', 'Failed')]`,
      "0",
    ]);
  });

  test("a table without a location of its own keeps its rows from job to job, and loses them when it is dropped", async () => {
    const rows = "[('1', 'one'), ('2', 'second'), ('3', 'three')]";
    expect(await outputOf(on(), MAKE)).toEqual([rows, "2", "2"]);
    expect(await outputOf(on(), MAKE)).toEqual([rows, "3", "3"]);
    const { Table } = await on().glue.getTable({ DatabaseName: "owned", Name: "notes" });
    expect(Table?.TableType).toBe("MANAGED_TABLE");
    expect(await keys(on(), "owned/notes/")).not.toBe(0);
    await outputOf(on(), `${HEAD}\nspark.sql("DROP TABLE owned.notes")`);
    expect(await keys(on(), "owned/notes/")).toBe(0);
    expect(await keys(on(), "owned/plain/")).not.toBe(0);
  });

  test("Python packages that a job asks for are there, in Spark's tasks too", async () => {
    await on().put("wheels/tiny-1.0-py3-none-any.whl", wheel());
    const script = `${HEAD}
import tiny
from pyspark.sql.functions import udf
print(tiny.WORD, spark.range(1).select(udf(lambda _: __import__("tiny").WORD)("id")).collect()[0][0])
`;
    const modules = { "--additional-python-modules": `s3://${BUCKET}/wheels/tiny-1.0-py3-none-any.whl` };
    expect(await outputOf(on(), script, { ...CATALOG, ...modules })).toEqual(["here here"]);
    const { run, error } = await on().run(
      await on().job(`print("on")`, { "--additional-python-modules": `s3://${BUCKET}/wheels/none.whl` }),
    );
    expect(run.JobRunState).toBe("SUCCEEDED");
    expect(error).toEqual([
      expect.stringMatching(/^WARN --additional-python-modules could not be installed.*none\.whl$/),
    ]);
  });

  test("what the embedded AWS does not have is refused in so many words", async () => {
    expect(await outputOf(on(), REFUSED)).toEqual([
      "Unsupported the embedded AWS does not have connections of type 'kinesis': files in S3 and Hudi tables alone",
      "Unsupported the embedded AWS does not have the format 'xml'",
      "Unsupported the embedded AWS does not have streaming sources (forEachBatch)",
      "Unsupported the embedded AWS does not have the connector 'net.snowflake.spark.snowflake' of marketplace.spark: Hudi's alone",
    ]);
  });
}

async function keys(jobs: Jobs, prefix: string): Promise<number> {
  const { Contents = [] } = await jobs.s3.listObjectsV2({ Bucket: BUCKET, Prefix: prefix });
  return Contents.filter((object) => (object.Size ?? 0) > 0).length;
}

/** A package as pip takes it: one module. */
function wheel(): Uint8Array {
  const info = "tiny-1.0.dist-info";
  return zipSync({
    "tiny.py": strToU8('WORD = "here"\n'),
    [`${info}/METADATA`]: strToU8("Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"),
    [`${info}/WHEEL`]: strToU8("Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
    [`${info}/RECORD`]: strToU8(`tiny.py,,\n${info}/METADATA,,\n${info}/WHEEL,,\n${info}/RECORD,,\n`),
  });
}
