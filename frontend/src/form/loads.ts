import { fieldsLoads } from "./cards/fetchedFields";
import { loadPicker } from "./fields/Picker";
import { loadMethods } from "./methods/MethodsButtons";
import { loadSuite } from "./SuiteButton";

/** What fetches the parts of the form that are opened: the cards' fields first. */
export const formLoads = [...fieldsLoads, loadPicker, loadMethods, loadSuite];
