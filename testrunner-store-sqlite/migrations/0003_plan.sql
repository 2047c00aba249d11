-- How the files were grouped into items, for whoever repeats it. Of older Testruns it was not kept: they are repeated
-- as they were until now.
ALTER TABLE testruns ADD COLUMN plan TEXT NOT NULL DEFAULT 'weighted';
