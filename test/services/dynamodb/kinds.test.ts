import { tableSettingsCase } from "../../kind-suite/cases/dynamodb-settings.ts";
import { tableCase } from "../../kind-suite/cases/dynamodb.ts";
import { anyCase } from "../../kind-suite/case.ts";
import { kindSuite } from "../../kind-suite/suite.ts";

kindSuite(anyCase(tableCase), anyCase(tableSettingsCase));
