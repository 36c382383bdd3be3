"""What a detector of Amazon Lookout for Metrics was, as parameters of Tidegate.

Its fields are those of the service's last API (version 2017-07-25) and of its CloudFormation resources, which had the
same names.
"""
