import { fifoQueueCase, queueCase } from "../../kind-suite/cases/sqs.ts";
import { anyCase } from "../../kind-suite/case.ts";
import { kindSuite } from "../../kind-suite/suite.ts";

kindSuite(anyCase(queueCase), anyCase(fifoQueueCase));
