DROP TABLE rendered_reports, report_attachments, attachments, revisions, report_links, countermeasures, learnings,
    report_factors, timeline_events, report_sections, report_tags, report_teams, report_services, report_viewers,
    report_authors, report_slugs, report_numbers, reports, severities, factors, tags, services;
DROP FUNCTION refuse_change();
