import { connectionCase } from "../../kind-suite/cases/glue-connection.ts";
import { crawlerCase } from "../../kind-suite/cases/glue-crawler.ts";
import { securityConfigurationCase } from "../../kind-suite/cases/glue-security.ts";
import {
  aloneCase,
  conditionalCase,
  crawlingCase,
  databaseCase,
  jobCase,
  linkCase,
  onDemandCase,
  scheduledCase,
  shellCase,
  workflowCase,
} from "../../kind-suite/cases/glue.ts";
import { anyCase } from "../../kind-suite/case.ts";
import { kindSuite } from "../../kind-suite/suite.ts";

kindSuite(
  anyCase(databaseCase),
  anyCase(linkCase),
  anyCase(jobCase),
  anyCase(shellCase),
  anyCase(workflowCase),
  anyCase(conditionalCase),
  anyCase(scheduledCase),
  anyCase(onDemandCase),
  anyCase(crawlingCase),
  anyCase(aloneCase),
  anyCase(connectionCase),
  anyCase(crawlerCase),
  anyCase(securityConfigurationCase),
);
