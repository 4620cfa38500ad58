import { functionSettingsCase } from "../../kind-suite/cases/lambda-settings.ts";
import { functionCase } from "../../kind-suite/cases/lambda.ts";
import { anyCase } from "../../kind-suite/case.ts";
import { kindSuite } from "../../kind-suite/suite.ts";

kindSuite(anyCase(functionCase), anyCase(functionSettingsCase));
