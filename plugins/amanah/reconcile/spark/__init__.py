"""The same on Spark: for registers that one machine cannot hold. Needs the extra ``spark`` and Java 17 or newer.

Nothing is decided here that is not decided by DuckDB's engine. What brings rows together, the joins over all records,
is done by Spark, from the same SQL; what looks at rows one by one is done by DuckDB, from the same SQL, in Spark's
executors, a part of the rows at a time (`parts`); and the records without a settled partner, a few in a hundred, are
taken to the driver and worked on by DuckDB as ever (`rest`). `session` starts Spark so that no record is left behind.
"""
