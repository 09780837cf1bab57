-- The seventh layout: commands of the capability report carry answers to set-up.

UPDATE connection SET capabilities = replace(capabilities, '"mended_by":"SetUp"', '"mended_by":{"SetUp":[]}');
