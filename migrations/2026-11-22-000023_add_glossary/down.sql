DROP TABLE glossary_groups, glossary_versions;
DROP FUNCTION count_glossary_change();
