import { groupCase } from "../../kind-suite/cases/logs.ts";
import { anyCase } from "../../kind-suite/case.ts";
import { kindSuite } from "../../kind-suite/suite.ts";

kindSuite(anyCase(groupCase));
