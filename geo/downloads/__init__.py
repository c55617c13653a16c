"""Whole layers as files, prepared when an edition is published: made once by a job, then sent as they lie.

model     a download: its files with size and checksum, and what they were made from
shelf     the folder: one download a layer, exchanged as a whole
service   preparing one
views     `/downloads`: the files, what there is in JSON and on a page
"""
