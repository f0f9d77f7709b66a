#include "experiments/same_function/same_function_text.h"

#include "experiments/report/page.h"

namespace basin::experiments {

std::string same_function_text(const interp::SameFunction& found, const Compared& compared) {
  report::Json fields = report::Json::parse(interp::to_json(found, compared.tolerance));
  for (const char* verdict : {"same", "different", "undecided"}) fields[verdict] = fields["verdict"] == verdict;
  fields["first"] = compared.first;
  fields["second"] = compared.second;
  fields["samples"] = compared.samples;
  fields["single"] = compared.single;
  fields["none"] = found.path.empty();
  const report::PageText page = report::page_text("same_function");
  return report::page_code(page.markdown, page.name, fields);
}

}  // namespace basin::experiments
