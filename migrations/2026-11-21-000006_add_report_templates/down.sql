DROP TABLE report_template_sections, report_templates;
