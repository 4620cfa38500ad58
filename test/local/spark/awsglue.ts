import { expect, test } from "vitest";
import { BUCKET, HUDI_SCRIPT, type Jobs } from "./jobs.ts";

// A script as AWS's documentation writes them: none of it knows of the embedded AWS.
const SCRIPT = `
import sys
from awsglue.transforms import ApplyMapping, Filter
from awsglue.utils import getResolvedOptions, GlueArgumentError
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "target"])
try:
    getResolvedOptions(sys.argv, ["absent"])
except GlueArgumentError as error:
    print("GlueArgumentError")
sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
glueContext.get_logger().info("begun")

frame = DynamicFrame.fromDF(spark.createDataFrame([(1, "a", "x"), (2, "b", "y")], ["id", "name", "p"]), glueContext, "frame")
mapped = ApplyMapping.apply(frame=frame, mappings=[("id", "long", "number", "int"), ("name", "string", "name", "string"), ("p", "string", "p", "string")])
print(mapped.toDF().dtypes)
print("filtered", Filter.apply(frame=mapped, f=lambda row: row["number"] > 1).count())
sink = glueContext.getSink(connection_type="s3", path=args["target"], enableUpdateCatalog=True, partitionKeys=["p"])
sink.setCatalogInfo(catalogDatabase="db", catalogTableName="sunk")
sink.setFormat("glueparquet")
sink.writeFrame(mapped)
print("options", glueContext.create_dynamic_frame.from_options("s3", {"paths": [args["target"]]}, format="parquet").count())
print("catalog", glueContext.create_dynamic_frame.from_catalog(database="db", table_name="sunk", push_down_predicate="p = 'y'").count())
print("hudi", glueContext.create_data_frame.from_catalog("db", "people").count())

print("sql", [tuple(row) for row in spark.sql("select p, count(*) from db.sunk group by p order by p").collect()])
print("table", spark.table("db.people").count(), spark.read.table("db.people").count())
print("exists", spark.catalog.tableExists("db.people"), spark.catalog.tableExists("db.nobody"))
try:
    spark.sql("select * from db.nobody")
except Exception as error:
    print(type(error).__name__)
spark.table("db.sunk").write.mode("overwrite").option("path", "s3://${BUCKET}/out/made/").saveAsTable("db.made")
spark.sql("use db")
print("made", spark.sql("select count(*) from made").collect()[0][0])
spark.sql("drop table db.made")
job.commit()
`;

/** A foreign script, and what the catalog holds of it; `on` tells where, once that is up. */
export function awsglueScripts(on: () => Jobs): void {
  test("a foreign script with awsglue runs; tables of the catalog are Spark's tables", async () => {
    expect((await on().run(await on().job(HUDI_SCRIPT, { "--table": "people" }))).run.ErrorMessage).toBeUndefined();
    const { run, output, error } = await on().run(
      await on().job(SCRIPT, { "--target": `s3://${BUCKET}/out/sunk/`, "--enable-glue-datacatalog": "true" }),
    );
    expect(run.ErrorMessage).toBeUndefined();
    expect(error).toEqual(["INFO begun"]);
    expect(output).toEqual([
      "GlueArgumentError",
      "[('number', 'int'), ('name', 'string'), ('p', 'string')]",
      "filtered 1",
      "options 2",
      "catalog 1",
      "hudi 10",
      "sql [('x', 1), ('y', 1)]",
      "table 10 10",
      "exists True False",
      "AnalysisException",
      "made 2",
    ]);
    const { TableList } = await on().glue.getTables({ DatabaseName: "db" });
    expect(TableList?.map((table) => table.Name).sort()).toEqual(["people", "sunk"]);
  });

  test("a table that changes in the catalog changes in Spark", async () => {
    const name = await on().job(`
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print(spark.catalog.tableExists("db.people"), spark.table("db.people").count() if spark.catalog.tableExists("db.people") else None)
`);
    const grown = await on().run(await on().job(HUDI_SCRIPT, { "--table": "people", "--rows": "15" }));
    expect(grown.run.JobRunState).toBe("SUCCEEDED");
    expect((await on().run(name)).output).toEqual(["True 15"]);
    await on().glue.deleteTable({ DatabaseName: "db", Name: "people" });
    expect((await on().run(name)).output).toEqual(["False None"]);
  });
}
