import { services } from "../../services/index.ts";

/**
 * Words that a line of a log may show wherever it comes from. Closed lists: a script's own print can put a name into any open slot,
 * so a class, a code, an operation or a field that does not stand here is not shown.
 */
const set = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Words that the services' folders name. */
const said = (of: "codes" | "operations"): string => services.map((one) => one.said?.[of] ?? "").join(" ");

/** Simple names of exceptions: Python, boto3, Spark and py4j, Java and Scala, Hadoop, Hudi, AWS's SDKs, our own. */
export const CLASSES = set(`
  ArithmeticError AssertionError AttributeError BaseException BlockingIOError BrokenPipeError ChildProcessError ConnectionAbortedError
  ConnectionError ConnectionRefusedError ConnectionResetError EOFError Exception FileExistsError FileNotFoundError FloatingPointError
  GeneratorExit IOError ImportError IndentationError IndexError InterruptedError IsADirectoryError JSONDecodeError KeyError
  KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError NotADirectoryError NotImplementedError OSError OverflowError
  PermissionError ProcessLookupError RecursionError RuntimeError StopIteration SyntaxError SystemError SystemExit TabError TimeoutError
  TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError ValueError ZeroDivisionError BadZipFile BadGzipFile error
  ClientError BotoCoreError ConnectTimeoutError EndpointConnectionError HTTPClientError NoCredentialsError NoRegionError
  ParamValidationError ReadTimeoutError SSLError WaiterError GlueArgumentError
  AnalysisException IllegalArgumentException ParseException PySparkAttributeError PySparkException PySparkRuntimeError PySparkTypeError
  PySparkValueError PythonException QueryExecutionException SparkRuntimeException SparkUpgradeException StreamingQueryException
  Py4JError Py4JJavaError Py4JNetworkError Py4JAuthenticationError ExtendedAnalysisException
  ArithmeticException ArrayIndexOutOfBoundsException ClassCastException ClassNotFoundException ConcurrentModificationException
  DateTimeException DateTimeParseException EOFException ExecutionException FileAlreadyExistsException FileNotFoundException
  GeneralSecurityException IOException IllegalAccessError IllegalAccessException IllegalStateException IndexOutOfBoundsException
  InterruptedException InvocationTargetException LinkageError NegativeArraySizeException NoClassDefFoundError NoSuchElementException
  NoSuchFieldError NoSuchFileException NoSuchMethodError NoSuchMethodException NullPointerException NumberFormatException OutOfMemoryError
  RejectedExecutionException RuntimeException SQLException SSLException SSLHandshakeException SecurityException SocketException
  SocketTimeoutException StackOverflowError Throwable TimeoutException URISyntaxException UncheckedIOException UnknownHostException
  UnsupportedOperationException UnsupportedTemporalTypeException UTFDataFormatException ZipException ConnectException MatchError
  ExecutorLostFailure FetchFailedException MetadataFetchFailedException SparkClassNotFoundException SparkDateTimeException SparkException
  SparkArithmeticException SparkIllegalArgumentException SparkNumberFormatException SparkOutOfMemoryError SparkFileNotFoundException
  SparkUnsupportedOperationException TaskKilledException TaskNotSerializableException NotSerializableException
  NoSuchTableException NoSuchDatabaseException NoSuchNamespaceException TableAlreadyExistsException
  AccessControlException InvalidRequestException PathIOException PathIsNotEmptyDirectoryException AWSBadRequestException
  AWSClientIOException AWSNoResponseException AWSRedirectException AWSS3IOException AWSServiceIOException AWSServiceThrottledException
  AWSStatus500Exception AWSUnsupportedFeatureException RemoteFileChangedException UnknownStoreException AuditException
  HoodieAppendException HoodieAvroSchemaException HoodieClusteringException HoodieCleanerException HoodieCommitException
  HoodieCompactionException HoodieCorruptedDataException HoodieDeltaStreamerException HoodieDependentSystemUnavailableException
  HoodieDuplicateDataFileDetectedException HoodieDuplicateKeyException HoodieException HoodieGlueSyncException HoodieHeartbeatException
  HoodieHiveSyncException HoodieIOException HoodieIncompatibleSchemaException HoodieIncrementalPathNotFoundException HoodieIndexException
  HoodieInsertException HoodieInsertOverwriteException HoodieKeyException HoodieKeyGeneratorException HoodieLockException
  HoodieLogCompactException HoodieMemoryConfigException HoodieMetadataException HoodieMetadataIndexException HoodieMetaSyncException
  HoodieNotSupportedException HoodieReadFromSourceException HoodieRecordCreationException HoodieRecordMissingException HoodieRemoteException
  HoodieRestoreException HoodieRollbackException HoodieSavepointException HoodieSchemaException HoodieSchemaEvolutionConflictException
  HoodieSchemaNotFoundException HoodieSerializationException HoodieTimeTravelException HoodieTimeGeneratorException
  HoodieTransactionException HoodieUpgradeDowngradeException HoodieUpsertException HoodieValidationException HoodieWriteConflictException
  InvalidHoodiePathException InvalidHoodieFileNameException InvalidTableException InvalidUnionTypeException MissingSchemaFieldException
  SchemaBackwardsCompatibilityException SchemaCompatibilityException TableNotFoundException AvroRuntimeException AvroTypeException
  SchemaParseException ParquetDecodingException ParquetEncodingException InvalidRecordException
  AlreadyExistsException AmazonClientException AmazonServiceException AmazonS3Exception AwsServiceException ConcurrentModificationException
  DynamoDbException EntityNotFoundException GlueException KmsException LakeFormationException NoSuchBucketException NoSuchKeyException
  ProvisionedThroughputExceededException ResourceNotFoundException S3Exception SdkClientException SdkException AbortedException
  ApiCallTimeoutException StsException AccessDeniedException ValidationException ThrottlingException ConditionalCheckFailedException
  Problem JobFailed ReadFailed ProcessLauncher MissingRight
`);

/** Packages whose classes may be named in full. */
export const PACKAGE =
  /^(?:java|javax|scala|py4j|pyspark|botocore|boto3|urllib3|json|zipfile|awsglue|org\.apache\.(?:spark|hudi|hadoop|parquet|avro|hive|http|thrift|iceberg)|com\.amazonaws|software\.amazon\.awssdk|com\.fasterxml\.jackson)(?:\.[a-z][a-z0-9_]{0,24}){0,8}$/;

/** Codes of AWS's errors: what several services say, and what each one's folder names. */
export const CODES = set(`
  400 403 404 409 412 416 429 500 503 AccessDenied AccessDeniedException AlreadyExistsException AuthFailure BadRequest
  ConcurrentModificationException DecryptionFailure DisabledException ExpiredToken ExpiredTokenException Forbidden
  IncompleteSignature InternalError InternalServerError InvalidAccessKeyId InvalidArgument InvalidClientTokenId
  InvalidInputException InvalidParameterException InvalidRequest InvalidSignatureException InvalidToken
  KMSAccessDeniedException KMSDisabledException KMSInvalidStateException KMSNotFoundException LimitExceededException
  MissingAuthenticationToken NotFound NotFoundException RequestLimitExceeded RequestTimeTooSkewed RequestTimeout
  ResourceNotFoundException ServiceUnavailable SignatureDoesNotMatch Throttling ThrottlingException
  TooManyRequestsException UnrecognizedClientException ValidationException
  ${said("codes")}
`);

/** Calls that data jobs make. */
export const OPERATIONS = set(`
  AssumeRole Decrypt DescribeKey Encrypt GenerateDataKey GetCallerIdentity GetParameter GetSecretValue PutMetricData
  ${said("operations")}
`);

/** Services as IAM's actions and logs spell them. */
export const SERVICES = set(`
  ${services.map(({ name }) => name).join(" ")}
  kms sts secretsmanager ssm cloudwatch lakeformation ec2
`);

/** Conditions that Spark's SQL names. */
export const CONDITIONS = set(`
  AMBIGUOUS_COLUMN_OR_FIELD AMBIGUOUS_REFERENCE ARITHMETIC_OVERFLOW CANNOT_PARSE_TIMESTAMP CANNOT_MERGE_SCHEMAS CANNOT_MODIFY_CONFIG
  CAST_INVALID_INPUT CAST_OVERFLOW COLUMN_ALREADY_EXISTS COLUMN_NOT_FOUND CONCURRENT_QUERY DATATYPE_MISMATCH DATETIME_OVERFLOW
  DIVIDE_BY_ZERO DUPLICATE_KEY FAILED_EXECUTE_UDF FAILED_READ_FILE FIELD_NOT_FOUND GROUP_BY_AGGREGATE INCOMPATIBLE_COLUMN_TYPE
  INCOMPATIBLE_VIEW_SCHEMA_CHANGE INVALID_ARRAY_INDEX INVALID_EXTRACT_FIELD INVALID_PARTITION_OPERATION INVALID_SCHEMA INVALID_TYPED_LITERAL
  LOCATION_ALREADY_EXISTS MALFORMED_RECORD_IN_PARSING MISSING_AGGREGATION NULL_MAP_KEY NUMERIC_VALUE_OUT_OF_RANGE PARSE_SYNTAX_ERROR
  PATH_ALREADY_EXISTS PATH_NOT_FOUND RENAME_SRC_PATH_NOT_FOUND ROUTINE_NOT_FOUND SCHEMA_NOT_FOUND TABLE_OR_VIEW_ALREADY_EXISTS
  TABLE_OR_VIEW_NOT_FOUND UNABLE_TO_INFER_SCHEMA UNRESOLVED_COLUMN UNRESOLVED_FIELD UNRESOLVED_MAP_KEY UNRESOLVED_ROUTINE
  UNRESOLVED_USING_COLUMN_FOR_JOIN UNSUPPORTED_FEATURE WRONG_NUM_ARGS WITH_SUGGESTION WITHOUT_SUGGESTION NUM_COLUMNS_MISMATCH
  NUM_TABLE_VALUE_COLUMNS_MISMATCH LEGACY_ERROR_TEMP STREAM_FAILED UNEXPECTED_INPUT_TYPE
`);

/** Glue's categories of failures. */
export const CATEGORIES = set(`
  UNCLASSIFIED_ERROR QUERY_ERROR IMPORT_ERROR PERMISSION_ERROR INVALID_ARGUMENT_ERROR SYNTAX_ERROR TIMEOUT_ERROR OUT_OF_MEMORY_ERROR
  NO_DISK_SPACE_ERROR OUT_OF_DISK_ERROR CONNECTION_ERROR S3_ERROR RESOURCE_NOT_FOUND_ERROR LAUNCH_ERROR THROTTLING_ERROR HUDI_ERROR
  FAILED_READ_FILE_ERROR VALUE_ERROR VPC_ERROR ENTITY_NOT_FOUND_ERROR DATA_TYPE_ERROR
`);

/** Loggers of Glue, Spark, Hudi and Hadoop, without their packages. */
export const LOGGERS = set(`
  ProcessLauncher Launcher GlueLogger LogPusher MultipleThreadLogger Utils SparkContext SparkEnv SparkConf SecurityManager ResourceUtils ResourceProfile
  DAGScheduler TaskSetManager TaskSchedulerImpl Executor MemoryStore DiskBlockManager BlockManager BlockManagerInfo BlockManagerMaster
  BlockManagerMasterEndpoint ContextCleaner CodeGenerator FileScanRDD FileSourceStrategy FileOutputCommitter GarbageCollectionMetrics
  MapOutputTracker MapOutputTrackerMaster ShuffleBlockFetcherIterator SharedState SparkSession CacheManager WindowExec InMemoryFileIndex
  NativeCodeLoader SQLHadoopMapReduceCommitProtocol ExecutorAllocationManager YarnScheduler HeartbeatReceiver ShutdownHookManager
  NettyBlockTransferService BaseAllocator AdaptiveSparkPlanExec TransportClientFactory
  HoodieTableMetaClient HoodieTableConfig HoodieActiveTimeline ActiveTimelineV1 ActiveTimelineV2 HoodieSparkSqlWriter HoodieSparkSqlWriterInternal
  BaseHoodieWriteClient BaseHoodieClient SparkRDDWriteClient HoodieTimelineArchiver BaseHoodieTableServiceClient CleanPlanner CleanPlanActionExecutor
  CleanActionExecutor BaseRollbackActionExecutor BaseRollbackHelper MarkerBasedRollbackStrategy DirectWriteMarkers WriteMarkersFactory UpsertPartitioner
  BaseSparkCommitActionExecutor BaseCommitActionExecutor HoodieWriteHandle HoodieCreateHandle HoodieMergeHandle HoodieTableFileSystemView
  AbstractTableFileSystemView FileSystemViewManager PriorityBasedFileSystemView HoodieBackedTableMetadata HoodieBackedTableMetadataWriter
  FileSystemBackedTableMetadata HoodieBloomIndex SparkHoodieBloomIndexHelper HoodieIndexUtils TransactionManager LockManager InProcessLockProvider
  TransactionUtils HoodieHeartbeatClient HeartbeatUtils DFSPropertiesConfiguration HoodieGlobalConfig HoodieWriteConfig HoodieLogFileReader
  HoodieLogFormatWriter EmbeddedTimelineService TimelineService AwsGlueCatalogSyncTool AWSGlueCatalogSyncClient HiveSyncTool HoodieSyncTool
  SyncUtilHelpers MetricsConfig MetricUtils S3AFileSystem S3AInputStream InvocationRaisedConfig HoodieHFileUtils
`);

/** What numbers are of, in lines of `name=12`: words of the trade only. */
export const MEASURED = set(`
  attempt attempts batch batches bytes claimed claims_lost clashes columns commits committed_before cores count cpu deleted duplicates
  duration elapsed ended ended_before erased errors executors failed fetched files generated held infections inserted job_count jobs kept left lines
  line marking memory messages ms onset_missing open page pages partitions passed quarantined read readers_lost reading records records_in rejected
  removed retries retry rows rows_in rows_out runs seconds size skipped stage stages steps step tables tasks time total updated used version
  waited warnings workers writing written ingesting claiming calls merged unresolved unreadable locked
`);

/** Our own modules, which a failure may name as its place. */
export const OUR_FILES = set(`
  __init__ account_lines accounting args aws bronze claimed deletions executors extract forgetting gold hudi
  infections java job_arguments jobs keeping kept ledger limits lost manifests measures merges opening outside parsing
  persons quality quality_alike quality_counts quality_gold quality_references quality_store queries readers reading
  records registry safe silver slices sniffing spans stays stays_table stopwatch strata texts timeline times totals
  unzipping value_set
  files notes schema table
`);
