import { roleCase } from "../../kind-suite/cases/iam.ts";
import { anyCase } from "../../kind-suite/case.ts";
import { kindSuite } from "../../kind-suite/suite.ts";

kindSuite(anyCase(roleCase));
