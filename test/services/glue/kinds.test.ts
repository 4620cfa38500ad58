import {
  conditionalCase,
  databaseCase,
  jobCase,
  onDemandCase,
  scheduledCase,
  workflowCase,
} from "../../kind-suite/cases/glue.ts";
import { anyCase } from "../../kind-suite/case.ts";
import { kindSuite } from "../../kind-suite/suite.ts";

kindSuite(
  anyCase(databaseCase),
  anyCase(jobCase),
  anyCase(workflowCase),
  anyCase(conditionalCase),
  anyCase(scheduledCase),
  anyCase(onDemandCase),
);
