import { bucketCase, notificationCase, objectCase } from "../../kind-suite/cases/s3.ts";
import { anyCase } from "../../kind-suite/case.ts";
import { kindSuite } from "../../kind-suite/suite.ts";

kindSuite(anyCase(bucketCase), anyCase(notificationCase), anyCase(objectCase));
