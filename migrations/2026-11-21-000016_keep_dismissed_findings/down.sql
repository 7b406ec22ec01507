DROP TABLE report_dismissals;
